// A whole chain in one thread and in virtual time: members, lines, people who pay each other, and all that can go wrong.
// After every block that becomes final anywhere, every start and every word of evidence the simulation checks what must
// hold: no two final blocks at a height, no lost final block, equal state roots, no honest validator convicted, no
// honest peer blamed, no node that stops but for its disk; after each storm that clears, that all go on in time; at the
// end, the ledger's invariants counted from scratch.
#pragma once

#include <string>
#include <vector>

#include "tools/sim/scenario.h"

namespace dure::sim {

/// After a storm every honest node must have this many new blocks within this time.
inline constexpr std::uint64_t k_blocks_after_storm = 5;
inline constexpr Duration k_recovery{180'000};

struct Report {
    std::uint64_t seed = 0;
    Duration simulated{};
    std::uint64_t blocks = 0, transfers = 0, storms = 0, evidence = 0;
    Duration longest_recovery{};
    FaultCounts faults{};
    std::uint64_t epochs = 0;       ///< begun after the first
    std::uint64_t set_changes = 0;  ///< of these with another set or other weights than the one before
    std::uint64_t cheats_out = 0;   ///< faulty validators that are in the last epoch's set no more
    std::uint64_t trace = 0;
    bool real_signatures = false;
    bool forked = false;                    ///< above the bound of faulty weight only
    std::uint64_t named_weight = 0;         ///< likewise: of those whom a third party can convict
    std::vector<std::string> violations{};  ///< in words; empty if nothing was wrong
};

/// Until its end, or the first violation.
Report simulate(const Scenario& scenario);

/// `count` seeds from the wishes' one on, each on its own, on so many threads; `done` is called for each, one at a
/// time, in no order.
void simulate_seeds(const Wishes& wishes, std::uint64_t count, unsigned threads,
                    const std::function<void(const Report&)>& done);

}  // namespace dure::sim
