// The model's life in numbers, one row a decided round, kept in memory (some 50 bytes a round) so that a chart of
// 10^5 rounds is answered at once; and its reduction to few points that still look the same.
#pragma once

#include <cstdint>
#include <vector>

#include "ledger/state/reader.h"

namespace dure::node {

/// After a decided round; round 0 is genesis. Sums begin at genesis.
struct RoundPoint {
    std::uint64_t round = 0;
    std::uint64_t height = 0;         ///< at which it was decided
    std::uint64_t held_out_loss = 0;  ///< micro-nats a token
    std::uint64_t generation = 0;
    std::uint64_t units = 0;           ///< accepted, of this round
    std::uint64_t tokens_trained = 0;  ///< in accepted units, in all
    std::uint64_t shares_minted = 0;   ///< in all, base units

    friend bool operator==(const RoundPoint&, const RoundPoint&) = default;
};

class RoundHistory {
  public:
    /// Looks at the rounds that were finished since the last call, each once.
    void follow(const ledger::StateReader& state, std::uint64_t genesis_loss);

    const std::vector<RoundPoint>& points() const { return points_; }
    std::uint64_t decided() const { return points_.empty() ? 0 : points_.size() - 1; }
    std::uint64_t voided() const { return voided_; }

  private:
    std::vector<RoundPoint> points_;  // by ascending round; first genesis
    std::uint64_t seen_ = 0;
    std::uint64_t voided_ = 0;
};

/// At most `wanted` (at least 2) of the points, first and last among them: from each of equally long runs the one that
/// spans the largest triangle with its neighbours in round and loss (Steinarsson 2013), so that peaks stay. Linear.
std::vector<RoundPoint> thinned(const std::vector<RoundPoint>& points, std::size_t wanted);

}  // namespace dure::node
