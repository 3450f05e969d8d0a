// What of a shard's score counts. A score on others' windows counts up to k_score_ceiling times what scores
// usually are; one on genesis's hold-out alone, which anybody may have written for, a part of what is usual, so
// that whoever did has nothing more than whoever did not. What is usual begins with a parameter of genesis and
// follows the scores on others' windows, each of which moves it by a sixteenth of the difference at most.
#pragma once

#include <cstdint>

#include "ledger/records/judging.h"
#include "ledger/records/shard.h"

namespace dure::ledger {

inline constexpr std::uint64_t k_score_ceiling = 4;            ///< times what is usual
inline constexpr std::uint64_t k_unshared_score_quarters = 3;  ///< of what is usual
inline constexpr std::uint64_t k_usual_score_memory =
    16;  ///< scores that what is usual is an average of, about

/// What counts of `score` now.
std::uint64_t counted_score(const DataRecord& totals, const JudgingRecord& judging, std::uint64_t score);

/// Lets what is usual follow a score that was agreed on.
void learn_score(DataRecord& totals, const JudgingRecord& judging, std::uint64_t score);

}  // namespace dure::ledger
