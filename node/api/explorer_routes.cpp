// What the page asks for beyond the ledger's own questions: a series of the rounds, live events, a search.
#include <boost/json/array.hpp>

#include "base/bech32.h"
#include "ledger/views.h"
#include "node/api/encode.h"
#include "node/api/explorer.h"
#include "node/api/json_fields.h"
#include "node/api/routes.h"

namespace dure::node {

namespace json = boost::json;

namespace {

constexpr std::uint64_t k_max_series_points = 2'000;
constexpr std::uint64_t k_series_points = 400;
constexpr std::size_t k_max_found_accounts = 8;
constexpr std::string_view k_address_prefix = "dure1";
constexpr std::string_view k_bech32_alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

HttpResponse series(const ApiParts& parts, const HttpRequest& request) {
    std::uint64_t wanted = k_series_points;
    if (const auto points = request.query.find("points"); points != request.query.end()) {
        const Result<std::uint64_t> number = parse_number(points->second);
        if (!number || *number < 2 || *number > k_max_series_points) {
            return respond(Error{
                ErrorCode::out_of_range,
                "points is '" + points->second + "'; it may be 2 to " + std::to_string(k_max_series_points)});
        }
        wanted = *number;
    }
    const RoundHistory& history = parts.explorer->rounds();
    // Columns, as a chart takes them.
    json::array round, height, loss, generation, units, tokens, minted;
    for (const RoundPoint& point : thinned(history.points(), wanted)) {
        round.emplace_back(point.round);
        height.emplace_back(point.height);
        loss.emplace_back(point.held_out_loss);
        generation.emplace_back(point.generation);
        units.emplace_back(point.units);
        tokens.emplace_back(point.tokens_trained);
        minted.emplace_back(std::to_string(point.shares_minted));
    }
    return respond(json::object{{"round", std::move(round)},
                                {"height", std::move(height)},
                                {"held_out_loss", std::move(loss)},
                                {"generation", std::move(generation)},
                                {"units_accepted", std::move(units)},
                                {"tokens_trained", std::move(tokens)},
                                {"shares_minted", std::move(minted)},
                                {"rounds_decided", history.decided()},
                                {"rounds_voided", history.voided()}});
}

HttpResponse events(const ApiParts& parts, const HttpRequest& request) {
    std::optional<std::uint64_t> seen;
    if (!request.last_event_id.empty()) {
        const Result<std::uint64_t> number = parse_number(request.last_event_id);
        if (!number) return respond(with_context(number.error(), "Last-Event-ID is the height of a block"));
        seen = *number;
    }
    HttpResponse response;
    response.content_type = "text/event-stream";
    response.headers.emplace_back("Cache-Control", "no-store");
    response.source = parts.explorer->listen(seen);
    if (!response.source)
        return respond(Error{ErrorCode::unavailable, "too many listen to this node's events already"});
    return response;
}

json::object found(const char* kind, std::string id) {
    return {{"kind", kind}, {"id", std::move(id)}};
}

/// Accounts of the state whose addresses begin with this text.
void find_addresses(const ledger::StateReader& state, const std::string& text, json::array& items) {
    Account from;
    std::size_t bit = 0;
    for (const char c : std::string_view(text).substr(k_address_prefix.size())) {
        const std::size_t value = k_bech32_alphabet.find(c);
        if (value == std::string_view::npos) return;
        for (std::size_t mask = 16; mask != 0 && bit < 256; mask /= 2, ++bit) {
            if ((value & mask) == 0) continue;
            const unsigned byte = from.key[bit / 8];
            from.key[bit / 8] = static_cast<std::uint8_t>(byte | (0x80U >> (bit % 8)));
        }
    }
    for (const ledger::AccountView& account : ledger::accounts(state, from, k_max_found_accounts).entries) {
        const std::string address = account.account.address();
        if (address.compare(0, text.size(), text) != 0) return;
        items.push_back(found("account", address));
    }
}

/// What a text may name: a height or a round, a hash of any kind, an address or its beginning.
HttpResponse search(const ApiParts& parts, const HttpRequest& request) {
    const auto given = request.query.find("q");
    if (given == request.query.end() || given->second.empty())
        return respond(Error{ErrorCode::malformed, "say what to look for with q="});
    const std::string& text = given->second;
    const ledger::StateReader& state = parts.chain.state();
    json::array items;
    if (const Result<std::uint64_t> number = parse_number(text)) {
        if (ledger::Rounds::contains(state, {*number})) items.push_back(found("round", text));
        if (*number > 0 && *number <= parts.chain.head().height.value) items.push_back(found("block", text));
    } else if (const Result<Hash> hash = Hash::from_hex(text)) {
        if (parts.chain.transaction(*hash) || parts.chain.is_pending(*hash))
            items.push_back(found("transaction", hash->hex()));
        if (ledger::Shards::contains(state, *hash)) items.push_back(found("shard", hash->hex()));
        if (ledger::Channels::contains(state, *hash)) items.push_back(found("channel", hash->hex()));
    } else if (Account::from_address(text)) {
        items.push_back(found("account", Account::from_address(text)->address()));
    } else if (text.starts_with(k_address_prefix) && text.size() < 64) {
        find_addresses(state, text, items);
    }
    return respond(json::object{{"items", std::move(items)}});
}

}  // namespace

void add_explorer_routes(Router& router, ApiPartsPtr parts) {
    const auto get = [&](const char* pattern, std::vector<std::string> query,
                         HttpResponse (*handler)(const ApiParts&, const HttpRequest&)) {
        router.add("GET", pattern, std::move(query), 0, at_once([parts, handler](const HttpRequest& request) {
                       return handler(*parts, request);
                   }));
    };
    get("/v1/series/rounds", {"points"}, series);
    get("/v1/events", {}, events);
    get("/v1/search", {"q"}, search);
}

}  // namespace dure::node
