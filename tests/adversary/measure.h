// What a cheat gains: the same village twice for each seed, once with the cheats and once with honest members in their
// places, who have the same stake, the same machine and the same texts. All numbers are sums over the seeds.
#pragma once

#include <cstdint>
#include <string>

#include "tests/adversary/cast.h"

namespace dure::adversary {

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
    std::int64_t honest_lost = 0;      ///< shares taken from the honest members of the cheats' villages
    std::uint64_t decided = 0;         ///< rounds, in the cheats' villages,
    std::uint64_t decided_honest = 0;  ///< and in the honest ones

    /// By how much cheating was better, in shares.
    std::int64_t advantage() const { return cheat.shares - honest.shares; }
    /// True if cheating paid more than the luck of the draws explains: so many percent of what honest members had.
    bool gains(std::int64_t luck_percent) const { return 100 * advantage() > luck_percent * honest.shares; }
    /// The advantage if a step cost exactly what it pays an honest member, so that whoever works less saves most.
    std::int64_t advantage_with_work_saved() const;
};

/// One line, for people.
std::string text_of(const Finding& finding);

Finding measure(const Adversary& adversary, std::uint64_t seeds);

}  // namespace dure::adversary
