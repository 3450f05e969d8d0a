// Why somebody was paid: a round's receipt, an account's earnings; and the raw records and genesis, for programs that
// recompute what the ledger did.
#include "ledger/earnings.h"
#include "node/api/encode.h"
#include "node/api/json_fields.h"
#include "node/api/pages.h"
#include "node/api/routes.h"

namespace dure::node {

namespace json = boost::json;

namespace {

/// What the formula of docs/protocol/rounds.md is made of, beside the round's own numbers.
json::object formula_json(const ledger::StateReader& state) {
    const ledger::Parameters parameters = ledger::parameters(state);
    json::object formula;
    put(formula, "round_pool", parameters.round_pool);
    formula["halving_rounds"] = parameters.halving_rounds;
    formula["target_units"] = parameters.target_units;
    formula["mint_compute_bp"] = parameters.mint_compute_bp;
    formula["mint_data_bp"] = parameters.mint_data_bp;
    formula["mint_validators_bp"] = parameters.mint_validators_bp;
    formula["attestation_weight_permille"] = parameters.attestation_weight_permille;
    formula["scoring_weight_permille"] = parameters.scoring_weight_permille;
    formula["verdict_weight_permille"] = parameters.verdict_weight_permille;
    formula["max_window_repeats"] = parameters.max_window_repeats;
    formula["vesting_rounds"] = parameters.vesting_rounds;
    const ledger::ChainRecord chain = ledger::chain_info(state);
    formula["window_tokens"] = chain.window_tokens;
    formula["windows_per_unit"] = chain.windows_per_unit;
    return formula;
}

void put_clawed_back(json::object& object, const ledger::ClawBackRecord& clawed_back) {
    put(object, "revoked", clawed_back.revoked);
    put(object, "clawed_back", clawed_back.burned);
}

/// What is beside a line of the receipt: how it got its weight, and what became of it.
void explain_rows(const ledger::StateReader& state, const ledger::RoundView& round, json::array& rows) {
    const std::uint32_t inputs = ledger::chain_info(state).window_tokens - 1;
    for (std::size_t line = 0; line < rows.size(); ++line) {
        json::object& row = rows[line].get_object();
        row["line"] = line;
        const ledger::UnitKey where{round.record.number, static_cast<std::uint32_t>(line)};
        put_clawed_back(row, ledger::ClawBacks::find(state, where).value_or(ledger::ClawBackRecord{}));
        const ledger::MintRow& minted = round.minted[line];
        if (!minted.shard) continue;
        row["tokens_used"] = minted.windows * inputs;
        if (const auto shard = ledger::shard(state, *minted.shard)) {
            row["tokens"] = shard->record.answer.tokens;
            row["license"] = static_cast<const std::string&>(shard->record.license);
            row["language"] = static_cast<const std::string&>(shard->record.language);
        }
    }
}

HttpResponse receipt(const StateSource& source, const HttpRequest& request) {
    const Result<std::uint64_t> number = parse_number(request.parameters.at("number"));
    if (!number) return respond(with_context(number.error(), "a receipt is named by its round's number"));
    const ledger::StateReader& state = source();
    const auto round = ledger::round(state, protocol::Round{*number});
    if (!round || round->record.closed.value == 0) {
        return respond(Error{ErrorCode::not_found, "round " + std::to_string(*number) +
                                                       " is not finished; its receipt comes with its end"});
    }
    json::object body = to_json(*round);
    explain_rows(state, *round, body["minted"].get_array());
    body["formula"] = formula_json(state);
    body["held_out_loss_before"] = round->record.base.held_out_loss;
    body["held_out_loss_after"] =
        round->record.result ? json::value(round->record.result->held_out_loss) : json::value(nullptr);
    body["height"] = ledger::head(state).height.value;
    return respond(json::value(std::move(body)));
}

json::object flows_json(const ledger::ShareFlowRecord& flows) {
    json::object object;
    put(object, "founded", flows.founded);
    object["received"] = to_text(flows.received.number());
    object["given"] = to_text(flows.given.number());
    put(object, "rewarded", flows.rewarded);
    put(object, "slashed", flows.slashed);
    return object;
}

json::object fees_json(const ledger::FeesExplained& fees) {
    json::object object;
    put(object, "owed", fees.owed);
    put(object, "before", fees.before);
    put(object, "others", fees.others);
    object["shares"] = std::to_string(fees.shares.value);
    json::array list;
    for (const ledger::FeePart& one : fees.parts) {
        json::object entry{{"number", one.settlement.number},
                           {"height", one.settlement.height.value},
                           {"transaction", one.settlement.transaction.hex()}};
        const Hash& channel = one.settlement.channel;
        put(entry, "channel", channel.is_zero() ? std::nullopt : std::optional(channel));
        put(entry, "owners_part", one.settlement.owners_part);
        put(entry, "part", one.part);
        list.push_back(std::move(entry));
    }
    object["settlements"] = std::move(list);
    return object;
}

/// "12.3": round 12, line 3.
Result<ledger::UnitKey> row_cursor(const std::string& text) {
    if (text.empty()) return ledger::UnitKey{};
    const std::size_t point = text.find('.');
    const auto round = parse_number(text.substr(0, point));
    const auto line = parse_number(point == std::string::npos ? "" : text.substr(point + 1));
    if (!round || !line || *line > ledger::k_max_round_windows)
        return Error{ErrorCode::malformed, "the cursor '" + text + "' is none; take it from the page before"};
    return ledger::UnitKey{{*round}, static_cast<std::uint32_t>(*line)};
}

HttpResponse earnings(const StateSource& source, const HttpRequest& request) {
    const Result<Account> account = Account::from_address(request.parameters.at("address"));
    if (!account) return respond(with_context(account.error(), "account"));
    const Result<PageRequest> page = page_of(request);
    if (!page) return respond(page.error());
    const Result<ledger::UnitKey> from = row_cursor(page->cursor);
    if (!from) return respond(from.error());
    const ledger::StateReader& state = source();
    json::object body{{"address", account->address()}, {"height", ledger::head(state).height.value}};
    if (page->cursor.empty()) {
        const ledger::SharesExplained shares = ledger::explain_shares(state, *account);
        put(body, "total", shares.total);
        put(body, "minted", shares.minted);
        put(body, "clawed_back", shares.clawed_back);
        body["flows"] = flows_json(shares.flows);
        body["fees"] = fees_json(ledger::explain_fees(state, *account));
    }
    const auto found = ledger::earnings(state, *account, *from, page->limit);
    json::array rows;
    for (const ledger::EarningView& one : found.entries) {
        json::object row = to_json(one.row);
        row["round"] = one.where.round.value;
        row["line"] = one.where.unit;
        put_clawed_back(row, one.clawed_back);
        rows.push_back(std::move(row));
    }
    body["items"] = std::move(rows);
    body["next"] = found.next
                       ? json::value(to_text(found.next->round) + "." + std::to_string(found.next->unit))
                       : json::value(nullptr);
    return respond(json::value(std::move(body)));
}

constexpr std::size_t k_max_state_page_bytes = std::size_t{1} << 20;

Result<Bytes> query_bytes(const HttpRequest& request, const char* name) {
    const auto found = request.query.find(name);
    if (found == request.query.end()) return Bytes{};
    const Result<Bytes> bytes = from_hex(found->second);
    if (!bytes) return with_context(bytes.error(), name);
    return bytes;
}

/// The records whose keys begin with `prefix`, from the key `from` on.
HttpResponse records(const StateSource& source, const HttpRequest& request) {
    const Result<Bytes> prefix = query_bytes(request, "prefix");
    if (!prefix) return respond(prefix.error());
    const Result<Bytes> from = query_bytes(request, "from");
    if (!from) return respond(from.error());
    const Result<PageRequest> page = page_of(request);
    if (!page) return respond(page.error());
    json::array entries;
    json::value next = nullptr;
    std::size_t bytes = 0;
    const ledger::StateReader& state = source();
    state.scan(*prefix, *from, [&](ByteView key, ByteView value) {
        if (entries.size() == page->limit || bytes > k_max_state_page_bytes) {
            next = to_hex(key);
            return false;
        }
        bytes += key.size() + value.size();
        entries.push_back(json::object{{"key", to_hex(key)}, {"value", to_hex(value)}});
        return true;
    });
    return respond(json::object{{"items", std::move(entries)},
                                {"next", std::move(next)},
                                {"height", ledger::head(state).height.value}});
}

}  // namespace

void add_receipt_routes(Router& router, StateSource state, const ledger::Genesis& genesis) {
    const auto get = [&](const char* pattern, std::vector<std::string> query,
                         HttpResponse (*handler)(const StateSource&, const HttpRequest&)) {
        router.add("GET", pattern, std::move(query), 0,
                   at_once([state, handler](const HttpRequest& request) { return handler(state, request); }));
    };
    get("/v1/rounds/{number}/receipt", {}, receipt);
    get("/v1/accounts/{address}/earnings", {"limit", "cursor"}, earnings);
    get("/v1/records", {"prefix", "from", "limit"}, records);
    router.add("GET", "/v1/genesis", {}, 0, at_once([body = encode(genesis)](const HttpRequest&) {
                   HttpResponse response;
                   response.content_type = "application/octet-stream";
                   response.body.assign(as_text(body));
                   return response;
               }));
}

}  // namespace dure::node
