// Questions to the final state.
#include "ledger/state/proof.h"
#include "ledger/views.h"
#include "node/api/encode.h"
#include "node/api/explorer.h"
#include "node/api/json_fields.h"
#include "node/api/pages.h"
#include "node/api/routes.h"

namespace dure::node {

namespace json = boost::json;

namespace {

HttpResponse account(const ApiParts& parts, const HttpRequest& request) {
    const Result<Account> wanted = Account::from_address(request.parameters.at("address"));
    if (!wanted) return respond(with_context(wanted.error(), "account"));
    json::object body = to_json(ledger::account(parts.chain.state(), *wanted));
    const auto deposit = ledger::Deposits::find(parts.chain.state(), *wanted);
    put(body, "deposit", deposit ? deposit->amount : Coin{});
    body["deposit_release"] =
        deposit && deposit->release ? json::value(deposit->release->value) : json::value(nullptr);
    body["next_nonce"] = parts.chain.next_nonce(*wanted);
    body["height"] = parts.chain.head().height.value;
    const auto proof_wanted = request.query.find("proof");
    if (proof_wanted == request.query.end()) return respond(json::value(std::move(body)));
    if (proof_wanted->second != "1")
        return respond(Error{ErrorCode::malformed, "ask for a proof with proof=1"});
    const Bytes key = ledger::account_key(*wanted);
    const Result<ProvenValue> proven = parts.chain.prove(key);
    if (!proven) return respond(proven.error());
    body["proof"] =
        json::object{{"key", to_hex(key)},
                     {"value", proven->value ? json::value(to_hex(*proven->value)) : json::value(nullptr)},
                     {"proof", to_hex(encode(proven->proof))},
                     {"header", to_hex(encode(proven->header))},
                     {"finalization", to_hex(encode(proven->finalization))},
                     {"height", proven->header.height.value},
                     {"state_root", proven->header.state_root.hex()}};
    return respond(json::value(std::move(body)));
}

/// "1000000.dure1…": shares and account of the next owner.
std::string cursor_of(const OwnerIndex::Place& place) {
    return std::to_string(place.shares.value) + "." + place.account.address();
}

Result<std::optional<OwnerIndex::Place>> owner_cursor(const PageRequest& page) {
    if (page.cursor.empty()) return std::optional<OwnerIndex::Place>();
    const std::size_t point = page.cursor.find('.');
    const Result<std::uint64_t> shares = parse_number(page.cursor.substr(0, point));
    const Result<Account> account =
        Account::from_address(point == std::string::npos ? "" : page.cursor.substr(point + 1));
    if (!shares || !account)
        return Error{ErrorCode::malformed,
                     "the cursor '" + page.cursor + "' is none; take it from the page before"};
    return std::optional<OwnerIndex::Place>({Shares{*shares}, *account});
}

/// The largest first.
HttpResponse owners(const ApiParts& parts, const HttpRequest& request) {
    const Result<PageRequest> page = page_of(request);
    if (!page) return respond(page.error());
    const Result<std::optional<OwnerIndex::Place>> from = owner_cursor(*page);
    if (!from) return respond(from.error());
    const auto [places, next] = parts.explorer->owners().page(*from, page->limit);
    json::array items;
    for (const OwnerIndex::Place& place : places)
        items.push_back(to_json(ledger::account(parts.chain.state(), place.account)));
    json::object body{{"items", std::move(items)},
                      {"next", next ? json::value(cursor_of(*next)) : json::value(nullptr)},
                      {"count", parts.explorer->owners().size()}};
    body["total_shares"] = std::to_string(ledger::supply(parts.chain.state()).shares.value);
    body["height"] = parts.chain.head().height.value;
    return respond(json::value(std::move(body)));
}

HttpResponse servers(const ApiParts& parts, const HttpRequest& request) {
    const Result<PageRequest> page = page_of(request);
    if (!page) return respond(page.error());
    const Result<std::optional<Account>> from = account_cursor(*page);
    if (!from) return respond(from.error());
    return respond(json::value(page_json(
        ledger::servers(parts.chain.state(), *from, page->limit),
        [](const auto& entry) { return to_json(entry); },
        [](const Account& next) { return next.address(); })));
}

HttpResponse shards(const ApiParts& parts, const HttpRequest& request) {
    const Result<PageRequest> page = page_of(request);
    if (!page) return respond(page.error());
    const Result<std::optional<Hash>> from = hash_cursor(*page);
    if (!from) return respond(from.error());
    json::object body = page_json(
        ledger::shards(parts.chain.state(), *from, page->limit),
        [](const auto& entry) { return to_json(entry); }, [](const Hash& next) { return next.hex(); });
    const ledger::DataRecord totals = ledger::data_totals(parts.chain.state());
    body["accepted"] = totals.accepted;
    body["accepted_tokens"] = totals.tokens;
    body["pending"] = totals.pending;
    return respond(json::value(std::move(body)));
}

HttpResponse shard(const ApiParts& parts, const HttpRequest& request) {
    const Result<Hash> hash = Hash::from_hex(request.parameters.at("hash"));
    if (!hash) return respond(with_context(hash.error(), "shard"));
    const auto found = ledger::shard(parts.chain.state(), *hash);
    if (!found) return respond(Error{ErrorCode::not_found, "shard " + hash->hex() + " was never shown"});
    return respond(json::value(to_json(*found)));
}

HttpResponse offer(const ApiParts& parts, const HttpRequest& request) {
    const Result<Account> owner = Account::from_address(request.parameters.at("owner"));
    if (!owner) return respond(with_context(owner.error(), "offer"));
    const Result<Hash> commitment = Hash::from_hex(request.parameters.at("commitment"));
    if (!commitment) return respond(with_context(commitment.error(), "offer"));
    const auto found = ledger::offer(parts.chain.state(), *owner, *commitment);
    if (!found) {
        return respond(Error{ErrorCode::not_found, "no open offer of this owner commits to " +
                                                       commitment->hex() +
                                                       ": it was never made, was shown, or expired"});
    }
    json::object body = to_json(*commitment, *found);
    body["height"] = parts.chain.head().height.value;
    return respond(json::value(std::move(body)));
}

HttpResponse rounds(const ApiParts& parts, const HttpRequest& request) {
    const Result<PageRequest> page = page_of(request);
    if (!page) return respond(page.error());
    std::optional<protocol::Round> from;
    if (!page->cursor.empty()) {
        const Result<std::uint64_t> cursor = parse_number(page->cursor);
        if (!cursor) return respond(with_context(cursor.error(), "cursor"));
        from = protocol::Round{*cursor};
    }
    return respond(json::value(page_json(
        ledger::rounds(parts.chain.state(), from, page->limit),
        [](const auto& entry) { return to_json(entry); },
        [](protocol::Round next) { return to_text(next); })));
}

HttpResponse round(const ApiParts& parts, const HttpRequest& request) {
    const std::string& wanted = request.parameters.at("number");
    protocol::Round number = ledger::current_round(parts.chain.state()).number;
    if (wanted != "latest") {
        const Result<std::uint64_t> parsed = parse_number(wanted);
        if (!parsed)
            return respond(with_context(parsed.error(), "a round is named by its number or 'latest'"));
        number = {*parsed};
    }
    const auto found = ledger::round(parts.chain.state(), number);
    if (!found)
        return respond(Error{ErrorCode::not_found, "round " + to_text(number) + " does not exist yet"});
    return respond(json::value(to_json(*found)));
}

HttpResponse channel(const ApiParts& parts, const HttpRequest& request) {
    const Result<Hash> id = Hash::from_hex(request.parameters.at("id"));
    if (!id) return respond(with_context(id.error(), "channel id"));
    const auto found = ledger::channel(parts.chain.state(), *id);
    if (!found)
        return respond(
            Error{ErrorCode::not_found,
                  "channel " + id->hex() +
                      " is not in the final state: it was never opened, or its rest was withdrawn"});
    json::object body = to_json(*id, *found);
    if (parts.answer_server != nullptr) {
        if (const auto known = parts.answer_server->payments().channel(*id)) {
            put(body, "spent", known->spent);
            put(body, "cumulative", known->cumulative);
        }
    }
    return respond(json::value(std::move(body)));
}

HttpResponse settlements(const ApiParts& parts, const HttpRequest& request) {
    const Result<PageRequest> page = page_of(request);
    if (!page) return respond(page.error());
    const ledger::StateReader& state = parts.chain.state();
    std::uint64_t above = ledger::owner_pool(state).settlements;
    if (!page->cursor.empty()) {
        const Result<std::uint64_t> cursor = parse_number(page->cursor);
        if (!cursor) return respond(with_context(cursor.error(), "cursor"));
        above = std::min(above, *cursor);
    }
    json::array items;
    for (; above > 0 && items.size() < page->limit; --above) {
        const auto one = ledger::Settlements::find(state, above - 1);
        if (!one) break;  // older ones are not kept
        items.push_back(to_json(*one));
    }
    const bool more = above > 0 && ledger::Settlements::contains(state, above - 1);
    return respond(json::object{{"items", std::move(items)},
                                {"next", more ? json::value(std::to_string(above)) : json::value(nullptr)}});
}

HttpResponse pool(const ApiParts& parts) {
    json::object body = to_json(ledger::owner_pool(parts.chain.state()));
    body["supply"] = to_json(ledger::supply(parts.chain.state()));
    body["height"] = parts.chain.head().height.value;
    return respond(json::value(std::move(body)));
}

}  // namespace

void add_ledger_routes(Router& router, ApiPartsPtr parts) {
    const auto get = [&](const char* pattern, std::vector<std::string> query,
                         HttpResponse (*handler)(const ApiParts&, const HttpRequest&)) {
        router.add("GET", pattern, std::move(query), 0, at_once([parts, handler](const HttpRequest& request) {
                       return handler(*parts, request);
                   }));
    };
    get("/v1/accounts/{address}", {"proof"}, account);
    get("/v1/owners", {"limit", "cursor"}, owners);
    get("/v1/rounds", {"limit", "cursor"}, rounds);
    get("/v1/rounds/{number}", {}, round);
    get("/v1/channels/{id}", {}, channel);
    get("/v1/shards", {"limit", "cursor"}, shards);
    get("/v1/shards/{hash}", {}, shard);
    get("/v1/offers/{owner}/{commitment}", {}, offer);
    get("/v1/servers", {"limit", "cursor"}, servers);
    get("/v1/settlements", {"limit", "cursor"}, settlements);
    get("/v1/pool", {}, [](const ApiParts& all, const HttpRequest&) { return pool(all); });
}

}  // namespace dure::node
