// Lists by pages: what a request asks for, and {"items", "next"} as the answer (docs/operating/api.md).
#pragma once

#include <boost/json.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "base/hash.h"
#include "base/keys.h"
#include "base/result.h"
#include "ledger/views.h"
#include "node/api/http.h"

namespace dure::node {

/// ?limit=1…1000 (100 unless said) and ?cursor=….
struct PageRequest {
    std::size_t limit = 100;
    std::string cursor;  ///< empty: from the beginning
};
/// Errors: `out_of_range` for the limit.
Result<PageRequest> page_of(const HttpRequest& request);

/// What the cursor names; nothing for the beginning. Errors: `malformed`.
Result<std::optional<Account>> account_cursor(const PageRequest& page);
Result<std::optional<Hash>> hash_cursor(const PageRequest& page);

/// A view's entries, each as `encode_entry` gives it, and where to go on, as `show` writes it.
template <class T, class Cursor, class Encode, class ShowCursor>
boost::json::object page_json(const ledger::Page<T, Cursor>& page, Encode encode_entry, ShowCursor show) {
    boost::json::array entries;
    for (const T& entry : page.entries)
        entries.push_back(encode_entry(entry));
    boost::json::object body;
    body["items"] = std::move(entries);
    body["next"] = page.next ? boost::json::value(show(*page.next)) : boost::json::value(nullptr);
    return body;
}

}  // namespace dure::node
