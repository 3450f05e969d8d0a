// The ledger's view of its state: one ordered map from byte strings to byte strings. The ledger only ever
// sees this interface; where the bytes lie (memory, an overlay, a database) is the caller's matter.
#pragma once

#include <functional>
#include <map>
#include <optional>

#include "base/bytes.h"

namespace dure::ledger {

/// What a block or a transaction did to the state, by ascending key; nothing means erased.
using Changes = std::map<Bytes, std::optional<Bytes>>;

/// For hash tables of keys that are asked with a view.
struct KeyHash {
    using is_transparent = void;
    std::size_t operator()(ByteView key) const noexcept {
        return std::hash<std::string_view>{}(as_text(key));
    }
    std::size_t operator()(const Bytes& key) const noexcept { return (*this)(ByteView(key)); }
};
struct KeyEqual {
    using is_transparent = void;
    bool operator()(ByteView a, ByteView b) const noexcept { return as_text(a) == as_text(b); }
};

struct StateReader {
    /// Gets one entry after the other; returns false to stop.
    using Visitor = std::function<bool(ByteView key, ByteView value)>;

    StateReader() = default;
    StateReader(const StateReader&) = default;
    StateReader& operator=(const StateReader&) = default;
    virtual ~StateReader() = default;

    virtual std::optional<Bytes> get(ByteView key) const = 0;
    /// Visits, in ascending order of keys, every entry whose key begins with `prefix` and is not less than
    /// `from` (a whole key; empty: from the first).
    virtual void scan(ByteView prefix, ByteView from, const Visitor& visit) const = 0;
};

/// True if `key` begins with `prefix`.
bool has_prefix(ByteView key, ByteView prefix);

}  // namespace dure::ledger
