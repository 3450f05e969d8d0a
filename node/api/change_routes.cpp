// What the chain's parameters are, how far they may be voted, and what was proposed.
#include "ledger/epochs/changes.h"
#include "ledger/records/tables.h"
#include "ledger/views.h"
#include "node/api/encode.h"
#include "node/api/routes.h"

namespace dure::node {

namespace json = boost::json;

namespace {

/// Limits grow to 2^63: decimal strings, as amounts are.
json::array votable(const ledger::StateReader& state, const ledger::Parameters& parameters) {
    json::array items;
    for (const ledger::ParameterRange& range : ledger::ChangeRulesStore::get(state).ranges) {
        items.push_back(json::object{{"name", ledger::votable_name(range.parameter)},
                                     {"value", std::to_string(ledger::value_of(parameters, range.parameter))},
                                     {"least", std::to_string(range.least)},
                                     {"most", std::to_string(range.most)}});
    }
    return items;
}

json::object proposal_json(const ledger::StateReader& state, std::uint64_t epoch_blocks, std::uint64_t number,
                           const ledger::ProposalRecord& record) {
    json::array parameters;
    for (const ledger::ParameterChange& change : record.parameters) {
        parameters.push_back(json::object{{"name", ledger::votable_name(change.parameter)},
                                          {"value", std::to_string(change.value)}});
    }
    const auto last = ledger::last_height_of(epoch_blocks, record.closes);
    json::object one{{"number", number},
                     {"stage", ledger::name_of(record.stage)},
                     {"proposer", record.proposer.address()},
                     {"proposed", record.proposed.value},
                     {"closes", record.closes.value},
                     {"closes_height", last ? last->value : 0},
                     {"from", record.from.value},
                     {"from_height", ledger::first_height_of(epoch_blocks, record.from).value},
                     {"version", record.version == 0 ? json::value(nullptr) : json::value(record.version)},
                     {"parameters", std::move(parameters)}};
    const bool voting = record.stage == ledger::ProposalStage::voting;
    const ledger::ChangeTally tally =
        voting ? ledger::tally_of(state, number) : ledger::ChangeTally{record.for_it, record.of_all};
    put(one, "for_it", tally.for_it);
    put(one, "of_all", tally.of_all);
    return one;
}

HttpResponse changes(const ApiParts& parts, const HttpRequest&) {
    const ledger::StateReader& state = parts.chain.state();
    const ledger::Parameters parameters = ledger::parameters(state);
    const ledger::ChangeRules rules = ledger::ChangeRulesStore::get(state);
    json::array items;
    ledger::Proposals::scan(state, [&](std::uint64_t number, const ledger::ProposalRecord& record) {
        items.push_back(proposal_json(state, parameters.epoch_blocks, number, record));
        return true;
    });
    json::object body{{"epoch", ledger::current_epoch(state).value},
                      {"possible", parameters.epoch_blocks > 0},
                      {"version", ledger::protocol_version(state)},
                      {"quorum_bp", rules.quorum_bp},
                      {"voting_epochs", rules.voting_epochs},
                      {"parameters", votable(state, parameters)},
                      {"items", std::move(items)}};
    put(body, "deposit", rules.deposit);
    put(body, "proposer_bond", parameters.validator_bond);
    return respond(json::value(std::move(body)));
}

}  // namespace

void add_change_routes(Router& router, ApiPartsPtr parts) {
    router.add("GET", "/v1/changes", {}, 0,
               at_once([parts](const HttpRequest& request) { return changes(*parts, request); }));
}

}  // namespace dure::node
