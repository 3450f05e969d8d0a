// Which positions of the key/value cache belong to whom: hands out ranges of a fixed number of positions.
//
// Promises: ranges in use never overlap; what is given back can be handed out again, joined with its free
// neighbours. The first range that fits is taken, so that the outcome is a function of the calls. Not here:
// the memory itself (decoder.h).
#pragma once

#include <cstdint>
#include <map>
#include <optional>

namespace dure::trainer {

class CacheSpace {
  public:
    explicit CacheSpace(std::int64_t positions);

    /// The first of `count` > 0 positions in a row; none if no free range is that long.
    std::optional<std::int64_t> take(std::int64_t count);
    /// `first` must come from take() and not have been given back.
    void give_back(std::int64_t first);

    std::int64_t positions() const { return positions_; }
    std::int64_t in_use() const { return in_use_; }

  private:
    std::int64_t positions_;
    std::int64_t in_use_ = 0;
    std::map<std::int64_t, std::int64_t> free_;  ///< first position to count; no two touch
    std::map<std::int64_t, std::int64_t> used_;  ///< the same of the ranges in use
};

}  // namespace dure::trainer
