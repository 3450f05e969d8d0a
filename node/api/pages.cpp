#include "node/api/pages.h"

#include "base/quote.h"
#include "node/api/json_fields.h"

namespace dure::node {

Result<PageRequest> page_of(const HttpRequest& request) {
    PageRequest page;
    if (const auto limit = request.query.find("limit"); limit != request.query.end()) {
        const Result<std::uint64_t> number = parse_number(limit->second);
        if (!number || *number == 0 || *number > ledger::k_max_page) {
            return Error{ErrorCode::out_of_range, "limit is " + quote(limit->second) + "; it may be 1 to " +
                                                      std::to_string(ledger::k_max_page)};
        }
        page.limit = *number;
    }
    if (const auto cursor = request.query.find("cursor"); cursor != request.query.end())
        page.cursor = cursor->second;
    return page;
}

Result<std::optional<Account>> account_cursor(const PageRequest& page) {
    if (page.cursor.empty()) return std::optional<Account>();
    const Result<Account> account = Account::from_address(page.cursor);
    if (!account) return with_context(account.error(), "cursor");
    return std::optional<Account>(*account);
}

Result<std::optional<Hash>> hash_cursor(const PageRequest& page) {
    if (page.cursor.empty()) return std::optional<Hash>();
    const Result<Hash> hash = Hash::from_hex(page.cursor);
    if (!hash) return with_context(hash.error(), "cursor");
    return std::optional<Hash>(*hash);
}

}  // namespace dure::node
