// What a cheat gains: the same village twice for each seed, once with the cheats and once with honest members in their
// places, who have the same stake, the same machine and the same texts. All numbers are sums over the seeds.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/adversary/cast.h"

namespace dure::adversary {

/// Sums over seeds are about normal: one in 700 is luckier than this.
inline constexpr double k_luck_errors = 3;

/// What some members had of it.
struct Gain {
    std::int64_t shares = 0;   ///< base units of shares, what was lost taken off
    std::int64_t compute = 0;  ///< of what was minted to them: for compute,
    std::int64_t data = 0;     ///< for their data
    std::int64_t lost = 0;     ///< shares taken from them
    std::int64_t coins = 0;    ///< grain, less than nothing for what they paid and lost
    std::int64_t steps = 0;    ///< optimizer steps that they computed, trained or replayed
};

struct Finding {
    std::string name;
    std::uint64_t seeds = 0;
    std::size_t watched = 0;
    Gain cheat;
    Gain honest;
    std::int64_t honest_lost = 0;            ///< shares taken from the honest members of the cheats' villages
    std::vector<std::int64_t> advantages{};  ///< in shares, by seed
    std::uint64_t decided = 0;               ///< rounds, in the cheats' villages,
    std::uint64_t decided_honest = 0;        ///< and in the honest ones

    /// By how much cheating was better, in shares.
    std::int64_t advantage() const { return cheat.shares - honest.shares; }
    /// By how much that sum would differ with other seeds, one standard deviation; 0 for a single seed.
    double standard_error() const;
    /// True if cheating paid more than the luck of the draws explains: more than so many percent of what honest members
    /// had, and more than three standard errors of the sum.
    bool gains(std::int64_t luck_percent) const {
        return 100 * advantage() > luck_percent * honest.shares &&
               static_cast<double>(advantage()) > k_luck_errors * standard_error();
    }
    /// The advantage if a step cost exactly what it pays an honest member, so that whoever works less saves most.
    std::int64_t advantage_with_work_saved() const;
};

/// One line, for people.
std::string text_of(const Finding& finding);

/// Safe to call from several threads at the same time.
Finding measure(const Adversary& adversary, std::uint64_t seeds);

}  // namespace dure::adversary
