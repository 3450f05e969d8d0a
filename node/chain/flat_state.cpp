#include "node/chain/flat_state.h"

#include <algorithm>
#include <map>

#include "base/assert.h"

namespace dure::node {

namespace {

/// Enough for the values of a million accounts in each generation.
constexpr std::size_t k_cache_bytes = std::size_t{512} << 20;

std::size_t bytes_of(ByteView key, const std::optional<Bytes>& value) {
    return ValueCache::k_entry_bytes + key.size() + (value ? value->size() : 0);
}

bool less(ByteView a, ByteView b) {
    return as_text(a) < as_text(b);
}

}  // namespace

void ValueCache::make_room() {
    if (!is_half_full()) return;
    old_ = std::move(young_);
    young_.clear();
    young_bytes_ = 0;
}

const std::optional<Bytes>* ValueCache::find(ByteView key) {
    if (const auto found = young_.find(key); found != young_.end()) return &found->second;
    const auto found = old_.find(key);
    if (found == old_.end()) return nullptr;
    auto node = old_.extract(found);
    make_room();
    young_bytes_ += bytes_of(key, node.mapped());
    return &young_.insert(std::move(node)).position->second;
}

void ValueCache::put(ByteView key, std::optional<Bytes> value) {
    if (const auto found = young_.find(key); found != young_.end()) {
        young_bytes_ += bytes_of(key, value) - bytes_of(key, found->second);
        found->second = std::move(value);
        return;
    }
    if (const auto found = old_.find(key); found != old_.end()) old_.erase(found);
    make_room();
    young_bytes_ += bytes_of(key, value);
    young_.emplace(to_bytes(key), std::move(value));
}

FlatState::FlatState(const StateStore& store) : store_(store), cache_(k_cache_bytes) {}

void FlatState::warm() {
    store_.scan({}, {}, [&](ByteView key, ByteView value) {
        cache_.put(key, to_bytes(value));
        return !cache_.is_half_full();
    });
}

const std::optional<Bytes>* FlatState::find_waiting(ByteView key, std::size_t layers) const {
    const Bytes owned = to_bytes(key);
    for (std::size_t i = layers; i-- > 0;) {
        const auto found = waiting_[i]->changes.find(owned);
        if (found != waiting_[i]->changes.end()) return &found->second;
    }
    return nullptr;
}

std::optional<Bytes> FlatState::get(ByteView key) const {
    if (const std::optional<Bytes>* cached = cache_.find(key)) return *cached;
    const std::optional<Bytes>* const waiting = find_waiting(key, waiting_.size());
    std::optional<Bytes> value = waiting != nullptr ? *waiting : store_.get(key);
    cache_.put(key, value);
    return value;
}

std::optional<Bytes> FlatState::get_before_newest(ByteView key) const {
    DURE_ASSERT(!waiting_.empty());
    if (!waiting_.back()->changes.contains(to_bytes(key))) return get(key);
    const std::optional<Bytes>* const waiting = find_waiting(key, waiting_.size() - 1);
    return waiting != nullptr ? *waiting : store_.get(key);
}

void FlatState::scan(ByteView prefix, ByteView from, const Visitor& visit) const {
    // What waits in this range, the newest word for each key.
    std::map<ByteView, const std::optional<Bytes>*, decltype(&less)> words(&less);
    const Bytes first = to_bytes(less(from, prefix) ? prefix : from);
    for (const BatchPtr& layer : waiting_) {
        for (auto entry = layer->changes.lower_bound(first);
             entry != layer->changes.end() && ledger::has_prefix(entry->first, prefix); ++entry)
            words.insert_or_assign(entry->first, &entry->second);
    }
    auto next = words.begin();
    bool stopped = false;
    // Visits what waits before `limit` (all, without one); false once the visitor has enough.
    const auto visit_words = [&](const ByteView* limit) {
        for (; !stopped && next != words.end() && (limit == nullptr || less(next->first, *limit)); ++next) {
            if (*next->second) stopped = !visit(next->first, **next->second);
        }
        return !stopped;
    };
    store_.scan(prefix, from, [&](ByteView key, ByteView value) {
        if (!visit_words(&key)) return false;
        if (next != words.end() && std::ranges::equal(next->first, key))
            return true;  // replaced or erased: its turn comes
        stopped = !visit(key, value);
        return !stopped;
    });
    visit_words(nullptr);
}

void FlatState::commit(BatchPtr batch) {
    for (const auto& [key, value] : batch->changes)
        cache_.put(key, value);
    waiting_.push_back(std::move(batch));
}

void FlatState::flushed(protocol::Height height) {
    while (!waiting_.empty() && waiting_.front()->mark.height <= height)
        waiting_.pop_front();
}

}  // namespace dure::node
