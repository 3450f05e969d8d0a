#include "ledger/data/scores.h"

#include <algorithm>

namespace dure::ledger {

namespace {

std::uint64_t usual_score(const DataRecord& totals) {
    return totals.usual_score_sum / k_usual_score_memory;
}

bool is_shared(const JudgingRecord& judging) {
    return judging.peer_windows > 0;
}

}  // namespace

std::uint64_t counted_score(const DataRecord& totals, const JudgingRecord& judging, std::uint64_t score) {
    const std::uint64_t usual = usual_score(totals);
    return std::min(score,
                    is_shared(judging) ? usual * k_score_ceiling : usual * k_unshared_score_quarters / 4);
}

void learn_score(DataRecord& totals, const JudgingRecord& judging, std::uint64_t score) {
    if (!is_shared(judging) || score == 0) return;
    const std::uint64_t usual = usual_score(totals);
    totals.usual_score_sum += std::min(score, 2 * usual);
    totals.usual_score_sum -= usual;
    // Never nothing, from which no score could lift it.
    totals.usual_score_sum = std::max(totals.usual_score_sum, k_usual_score_memory);
}

}  // namespace dure::ledger
