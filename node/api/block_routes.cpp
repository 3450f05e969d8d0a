// Blocks and final transactions, newest first.
//
// There is no index by account: a page looks back through so many blocks at most, and its cursor goes on from there
// even if it found nothing.
#include <boost/json/array.hpp>

#include "ledger/execution.h"
#include "node/api/encode.h"
#include "node/api/json_fields.h"
#include "node/api/pages.h"
#include "node/api/payload_json.h"
#include "node/api/routes.h"

namespace dure::node {

namespace json = boost::json;

namespace {

// What one request may read.
constexpr std::size_t k_max_blocks_read = 2'000;
constexpr std::size_t k_max_transactions_read = 20'000;

json::object block_json(const protocol::Block& block) {
    json::object body = to_json(block.header);
    body["transactions"] = block.transactions.size();
    return body;
}

json::object final_transaction_json(const ApiParts& parts, const protocol::Transaction& transaction,
                                    std::uint64_t height, std::size_t position) {
    json::object body = to_json(transaction);
    body["height"] = height;
    body["position"] = position;
    const auto record = parts.chain.transaction(transaction_id(transaction));
    body["ok"] = record ? json::value(record->ok) : json::value(nullptr);
    body["details"] = payload_json(transaction);
    return body;
}

Result<std::uint64_t> height_cursor(const PageRequest& page, std::uint64_t newest) {
    if (page.cursor.empty()) return newest;
    const Result<std::uint64_t> height = parse_number(page.cursor);
    if (!height) return with_context(height.error(), "cursor");
    return std::min(*height, newest);
}

/// A list ends before the first block that was deleted here to save space.
bool ends_at(const Result<protocol::Block>& block) {
    return !block && block.error().code == ErrorCode::expired;
}

HttpResponse blocks(const ApiParts& parts, const HttpRequest& request) {
    const Result<PageRequest> page = page_of(request);
    if (!page) return respond(page.error());
    const Result<std::uint64_t> from = height_cursor(*page, parts.chain.head().height.value);
    if (!from) return respond(from.error());
    json::array items;
    std::uint64_t height = *from;
    for (std::size_t read = 0; height > 0 && items.size() < page->limit && read < k_max_transactions_read;
         --height) {
        const Result<protocol::Block> block = parts.chain.block({height});
        if (ends_at(block) && height != *from) {
            height = 0;
            break;
        }
        if (!block) return respond(block.error());
        read += block->transactions.size();
        items.push_back(block_json(*block));
    }
    return respond(
        json::object{{"items", std::move(items)},
                     {"next", height > 0 ? json::value(std::to_string(height)) : json::value(nullptr)}});
}

/// "12.3": block 12, transaction 3.
struct TransactionPlace {
    std::uint64_t height = 0;
    std::optional<std::uint64_t> position;  ///< none: the block's last
};

Result<TransactionPlace> place_of(const PageRequest& page, std::uint64_t newest) {
    if (page.cursor.empty()) return TransactionPlace{newest, {}};
    const std::size_t point = page.cursor.find('.');
    DURE_TRY(const std::uint64_t height, parse_number(page.cursor.substr(0, point)));
    TransactionPlace place{std::min(height, newest), {}};
    if (point != std::string::npos) {
        DURE_TRY(place.position, parse_number(page.cursor.substr(point + 1)));
    }
    return place;
}

std::string cursor_of(const TransactionPlace& place) {
    return std::to_string(place.height) + (place.position ? "." + std::to_string(*place.position) : "");
}

/// Newest first; of an account: what it sent, paid, or is named in.
HttpResponse transactions(const ApiParts& parts, const HttpRequest& request) {
    const Result<PageRequest> page = page_of(request);
    if (!page) return respond(page.error());
    Result<TransactionPlace> place = place_of(*page, parts.chain.head().height.value);
    if (!place) return respond(with_context(place.error(), "cursor"));
    std::optional<Account> account;
    if (const auto wanted = request.query.find("account"); wanted != request.query.end()) {
        const Result<Account> read = Account::from_address(wanted->second);
        if (!read) return respond(with_context(read.error(), "account"));
        account = *read;
    }
    json::array items;
    std::optional<TransactionPlace> next;
    std::size_t blocks_read = 0;
    std::size_t transactions_read = 0;
    for (TransactionPlace at = *place; at.height > 0 && !next; at = {at.height - 1, {}}) {
        if (++blocks_read > k_max_blocks_read || transactions_read > k_max_transactions_read) {
            next = at;
            break;
        }
        const Result<protocol::Block> block = parts.chain.block({at.height});
        if (ends_at(block) && at.height != place->height) break;
        if (!block) return respond(block.error());
        const std::uint64_t count = block->transactions.size();
        transactions_read += count;
        for (std::uint64_t i = at.position ? std::min(*at.position + 1, count) : count; i-- > 0;) {
            const protocol::Transaction& transaction = block->transactions[i];
            if (account && !concerns(transaction, *account)) continue;
            if (items.size() == page->limit) {
                next = TransactionPlace{at.height, i};
                break;
            }
            items.push_back(final_transaction_json(parts, transaction, at.height, i));
        }
    }
    return respond(json::object{{"items", std::move(items)},
                                {"next", next ? json::value(cursor_of(*next)) : json::value(nullptr)}});
}

HttpResponse block_transactions(const ApiParts& parts, const HttpRequest& request) {
    const Result<std::uint64_t> height = parse_number(request.parameters.at("height"));
    if (!height) return respond(with_context(height.error(), "a block is named by its height"));
    const Result<PageRequest> page = page_of(request);
    if (!page) return respond(page.error());
    std::uint64_t at = 0;
    if (!page->cursor.empty()) {
        const Result<std::uint64_t> cursor = parse_number(page->cursor);
        if (!cursor) return respond(with_context(cursor.error(), "cursor"));
        at = *cursor;
    }
    const Result<protocol::Block> block = parts.chain.block({*height});
    if (!block) return respond(block.error());
    json::array items;
    for (; at < block->transactions.size() && items.size() < page->limit; ++at)
        items.push_back(final_transaction_json(parts, block->transactions[at], *height, at));
    const bool more = at < block->transactions.size();
    return respond(json::object{{"items", std::move(items)},
                                {"next", more ? json::value(std::to_string(at)) : json::value(nullptr)}});
}

}  // namespace

void add_block_routes(Router& router, ApiPartsPtr parts) {
    const auto get = [&](const char* pattern, std::vector<std::string> query,
                         HttpResponse (*handler)(const ApiParts&, const HttpRequest&)) {
        router.add("GET", pattern, std::move(query), 0, at_once([parts, handler](const HttpRequest& request) {
                       return handler(*parts, request);
                   }));
    };
    get("/v1/blocks", {"limit", "cursor"}, blocks);
    get("/v1/blocks/{height}/transactions", {"limit", "cursor"}, block_transactions);
    get("/v1/transactions", {"limit", "cursor", "account"}, transactions);
}

}  // namespace dure::node
