#include "ledger/state/memory_state.h"

#include <algorithm>

namespace dure::ledger {

std::optional<Bytes> MemoryState::get(ByteView key) const {
    const auto found = entries_.find(to_bytes(key));
    if (found == entries_.end()) return std::nullopt;
    return found->second;
}

void MemoryState::scan(ByteView prefix, ByteView from, const Visitor& visit) const {
    const bool starts_later =
        std::lexicographical_compare(prefix.begin(), prefix.end(), from.begin(), from.end());
    auto entry = entries_.lower_bound(to_bytes(starts_later ? from : prefix));
    for (; entry != entries_.end() && has_prefix(entry->first, prefix); ++entry) {
        if (!visit(entry->first, entry->second)) return;
    }
}

void MemoryState::apply(const Changes& changes) {
    for (const auto& [key, value] : changes) {
        if (value) {
            entries_.insert_or_assign(key, *value);
        } else {
            entries_.erase(key);
        }
    }
}

std::optional<Bytes> CachingReader::get(ByteView key) const {
    if (const auto found = known_.find(key); found != known_.end()) return found->second;
    return known_.emplace(to_bytes(key), parent_->get(key)).first->second;
}

}  // namespace dure::ledger
