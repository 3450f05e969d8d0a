#include "trainer/inference/cache_space.h"

#include <iterator>

#include "base/assert.h"

namespace dure::trainer {

CacheSpace::CacheSpace(std::int64_t positions) : positions_(positions) {
    DURE_ASSERT(positions > 0);
    free_.emplace(0, positions);
}

std::optional<std::int64_t> CacheSpace::take(std::int64_t count) {
    DURE_ASSERT(count > 0);
    for (auto range = free_.begin(); range != free_.end(); ++range) {
        const auto [first, length] = *range;
        if (length < count) continue;
        free_.erase(range);
        if (length > count) free_.emplace(first + count, length - count);
        used_.emplace(first, count);
        in_use_ += count;
        return first;
    }
    return std::nullopt;
}

void CacheSpace::give_back(std::int64_t first) {
    const auto found = used_.find(first);
    DURE_ASSERT(found != used_.end());
    std::int64_t length = found->second;
    used_.erase(found);
    in_use_ -= length;
    const auto behind = free_.lower_bound(first);
    if (behind != free_.end() && behind->first == first + length) {
        length += behind->second;
        free_.erase(behind);
    }
    const auto next = free_.lower_bound(first);
    if (next != free_.begin() && std::prev(next)->first + std::prev(next)->second == first) {
        std::prev(next)->second += length;
    } else {
        free_.emplace(first, length);
    }
}

}  // namespace dure::trainer
