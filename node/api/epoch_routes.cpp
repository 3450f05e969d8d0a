// Who validates, and how one epoch followed another: what a light client needs to follow finality from genesis.
#include "base/protocol/light_client.h"
#include "ledger/records/tables.h"
#include "ledger/views.h"
#include "node/api/encode.h"
#include "node/api/json_fields.h"
#include "node/api/routes.h"

namespace dure::node {

namespace json = boost::json;

namespace {

/// An epoch's end is up to 30 KB: a certificate and a set of 256.
constexpr std::uint64_t k_max_epoch_ends = 32;
constexpr std::size_t k_max_candidates_shown = 1'000;

/// Errors: `malformed`.
Result<std::uint64_t> number_in_query(const HttpRequest& request, const char* name, std::uint64_t otherwise) {
    const auto found = request.query.find(name);
    if (found == request.query.end()) return otherwise;
    const Result<std::uint64_t> number = parse_number(found->second);
    if (!number) return with_context(number.error(), name);
    return *number;
}

Result<protocol::EpochEnd> end_of(const ApiParts& parts, protocol::Epoch epoch) {
    const ledger::StateReader& state = parts.chain.state();
    const std::uint64_t blocks = ledger::parameters(state).epoch_blocks;
    const protocol::Height last = *ledger::last_height_of(blocks, epoch);
    protocol::EpochEnd end;
    DURE_TRY(const protocol::Block block, parts.chain.block(last));
    end.header = block.header;
    DURE_TRY(end.finalization, parts.chain.finalization(last));
    end.next = ledger::Epochs::get(state, epoch.next()).validators;
    return end;
}

/// How finished epochs ended, from one on.
HttpResponse epochs(const ApiParts& parts, const HttpRequest& request) {
    const Result<std::uint64_t> from = number_in_query(request, "from", 0);
    if (!from) return respond(from.error());
    const Result<std::uint64_t> limit = number_in_query(request, "limit", k_max_epoch_ends);
    if (!limit) return respond(limit.error());
    const ledger::StateReader& state = parts.chain.state();
    const protocol::Epoch running = ledger::current_epoch(state);
    json::array items;
    protocol::Epoch epoch{*from};
    for (; epoch < running && items.size() < std::min(*limit, k_max_epoch_ends); epoch = epoch.next()) {
        const Result<protocol::EpochEnd> end = end_of(parts, epoch);
        if (!end) return respond(with_context(end.error(), "the end of epoch " + to_text(epoch)));
        items.push_back(json::object{
            {"epoch", epoch.value}, {"height", end->header.height.value}, {"end", to_hex(encode(*end))}});
    }
    return respond(json::object{
        {"items", std::move(items)},
        {"next", epoch < running ? json::value(std::to_string(epoch.value)) : json::value(nullptr)},
        {"running", running.value}});
}

/// The running epoch's validators, and all who stand for the next ones.
HttpResponse validators(const ApiParts& parts, const HttpRequest&) {
    const ledger::StateReader& state = parts.chain.state();
    const ledger::Parameters parameters = ledger::parameters(state);
    const protocol::Epoch running = ledger::current_epoch(state);
    const auto last = ledger::last_height_of(parameters.epoch_blocks, running);
    json::array now;
    ledger::Validators::scan(state, [&](const Account& account, const ledger::ValidatorRecord& record) {
        json::object one{{"address", account.address()},
                         {"last_proposal", record.last_reveal.value},
                         {"stands", ledger::Candidates::contains(state, account)}};
        put(one, "weight", Shares{record.weight});
        put(one, "bonded", ledger::account(state, account).bonded);
        now.push_back(std::move(one));
        return true;
    });
    json::array standing;
    bool all = true;
    ledger::Candidates::scan(state, [&](const Account& account, const ledger::CandidateRecord& candidate) {
        all = standing.size() < k_max_candidates_shown;
        if (!all) return false;
        json::object one{{"address", account.address()},
                         {"since", candidate.stood_at.value},
                         {"chain", candidate.chain},
                         {"missed_turns", candidate.missed_turns / 1'000}};
        put(one, "bonded", ledger::account(state, account).bonded);
        standing.push_back(std::move(one));
        return true;
    });
    json::object body{{"epoch", running.value},
                      {"first", ledger::first_height_of(parameters.epoch_blocks, running).value},
                      {"last", last ? json::value(last->value) : json::value(nullptr)},
                      {"max_validators", parameters.max_validators},
                      {"validators", std::move(now)},
                      {"candidates", std::move(standing)},
                      {"all_candidates", all}};
    put(body, "validator_bond", parameters.validator_bond);
    return respond(json::value(std::move(body)));
}

}  // namespace

void add_epoch_routes(Router& router, ApiPartsPtr parts) {
    router.add("GET", "/v1/epochs", {"from", "limit"}, 0,
               at_once([parts](const HttpRequest& request) { return epochs(*parts, request); }));
    router.add("GET", "/v1/validators", {}, 0,
               at_once([parts](const HttpRequest& request) { return validators(*parts, request); }));
}

}  // namespace dure::node
