#include "tools/convergence/audit.h"

#include <algorithm>

#include "trainer/rounds/arrays.h"
#include "trainer/rounds/norm.h"
#include "trainer/rounds/quantization.h"
#include "trainer/rounds/replay.h"
#include "trainer/rounds/update.h"

namespace dure::tools {

using namespace trainer;

namespace {

/// `count` different numbers below `bound`, no two next to each other where there is room for that.
std::vector<std::uint32_t> apart(std::uint32_t bound, std::uint32_t count, Draws& draws) {
    std::vector<std::uint32_t> drawn;
    while (drawn.size() < count) {
        const auto one = static_cast<std::uint32_t>(draws.below(bound));
        const bool near = std::any_of(drawn.begin(), drawn.end(), [&](std::uint32_t other) {
            return one == other || (2 * count < bound && (one + 1 == other || other + 1 == one));
        });
        if (!near) drawn.push_back(one);
    }
    return drawn;
}

}  // namespace

Verdict audit(const Kernels& kernels, const WorkUnit& unit, const Submission& submission,
              std::uint32_t segments, std::uint32_t chunks, Draws& draws) {
    const auto update =
        Update::decode(submission.update, unit.base->parameters.size(), unit.train.quant_block);
    if (!update) return {false, update.error().message};
    if (const Status norm = check_norm(unit.train, norm_squared(kernels, *update)); !norm)
        return {false, norm.error().message};
    if (submission.states.size() != unit.segments() + 1)
        return {false, "it has not a state at each boundary"};
    if (submission.states.front() != start_state(*unit.base).hash())
        return {false, "it does not start from the round's base"};
    for (const std::uint32_t segment : apart(unit.segments(), segments, draws)) {
        const ReplayStart start = segment == 0
                                      ? ReplayStart::base()
                                      : ReplayStart{&submission.served[segment], submission.states[segment]};
        const auto replay = replay_segments(kernels, unit, start, segment, 1);
        if (!replay) return {false, replay.error().message};
        if (replay->states[0] != submission.states[segment + 1])
            return {false, "the replay of segment " + std::to_string(segment) + " ends in another state"};
    }
    const TrainingState& last = submission.served.back();
    if (last.hash() != submission.states.back()) return {false, "it serves another last state"};
    const std::vector<ParameterChunk> all = all_chunks(array_bytes(last.parameters));
    for (const std::uint32_t index : apart(static_cast<std::uint32_t>(all.size()), chunks, draws)) {
        if (!check_quantization(unit.base->parameters, *update, std::span(&all[index], 1)))
            return {false, "the update is not its last state's, in chunk " + std::to_string(index)};
    }
    return {true, {}};
}

}  // namespace dure::tools
