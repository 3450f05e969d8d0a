#include "node/chain/flat_state.h"

#include <algorithm>

namespace dure::node {

namespace {

constexpr std::size_t k_cached_values = 200'000;

bool less(ByteView a, ByteView b) {
    return std::ranges::lexicographical_compare(a, b);
}

}  // namespace

const std::optional<Bytes>* ValueCache::find(std::string_view key) {
    const std::string owned(key);
    if (const auto found = young_.find(owned); found != young_.end()) return &found->second;
    const auto found = old_.find(owned);
    if (found == old_.end()) return nullptr;
    auto node = old_.extract(found);
    if (young_.size() >= half_) {
        old_ = std::move(young_);
        young_.clear();
    }
    return &young_.insert(std::move(node)).position->second;
}

void ValueCache::put(std::string_view key, std::optional<Bytes> value) {
    if (young_.size() >= half_) {
        old_ = std::move(young_);
        young_.clear();
    }
    std::string owned(key);
    old_.erase(owned);
    young_.insert_or_assign(std::move(owned), std::move(value));
}

FlatState::FlatState(const StateStore& store) : store_(store), cache_(k_cached_values) {}

std::optional<Bytes> FlatState::get(ByteView key) const {
    if (const std::optional<Bytes>* cached = cache_.find(as_text(key))) return *cached;
    const auto pending = pending_.find(to_bytes(key));
    std::optional<Bytes> value = pending != pending_.end() ? pending->second.value : store_.get(key);
    cache_.put(as_text(key), value);
    return value;
}

void FlatState::scan(ByteView prefix, ByteView from, const Visitor& visit) const {
    auto next = pending_.lower_bound(to_bytes(less(from, prefix) ? prefix : from));
    const auto in_range = [&] { return next != pending_.end() && ledger::has_prefix(next->first, prefix); };
    bool stopped = false;
    // Visits pending values below `limit` (all, without one); false once the visitor has enough.
    const auto visit_pending = [&](const ByteView* limit) {
        for (; !stopped && in_range() && (limit == nullptr || less(next->first, *limit)); ++next) {
            if (next->second.value) stopped = !visit(next->first, *next->second.value);
        }
        return !stopped;
    };
    store_.scan(prefix, from, [&](ByteView key, ByteView value) {
        if (!visit_pending(&key)) return false;
        if (in_range() && std::ranges::equal(next->first, key))
            return true;  // replaced or erased: its turn comes
        stopped = !visit(key, value);
        return !stopped;
    });
    visit_pending(nullptr);
}

void FlatState::commit(protocol::Height height, const ledger::Changes& changes) {
    for (const auto& [key, value] : changes) {
        pending_.insert_or_assign(key, Pending{height, value});
        cache_.put(as_text(key), value);
    }
}

void FlatState::flushed(protocol::Height height) {
    std::erase_if(pending_, [&](const auto& entry) { return entry.second.height <= height; });
}

}  // namespace dure::node
