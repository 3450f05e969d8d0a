#include "trainer/rounds/replay.h"

#include <algorithm>
#include <string>

#include "base/blob.h"
#include "trainer/rounds/arrays.h"
#include "trainer/rounds/update.h"
#include "trainer/rounds/walk.h"

namespace dure::trainer {
namespace {

Error unusable(const std::string& why) {
    return {ErrorCode::invalid, "the state that the replay should start from " + why};
}

Status check_start(const WorkUnit& unit, const ReplayStart& start, std::uint32_t step) {
    const TrainingState* const state = start.state;
    const std::uint32_t begins = state == nullptr ? 0 : state->step;
    if (begins != step)
        return unusable("is that after " + std::to_string(begins) + " steps, not " + std::to_string(step));
    if (state == nullptr) return {};
    for (const auto* array : {&state->parameters, &state->first_moment, &state->second_moment}) {
        if (array->size() != unit.base->parameters.size()) return unusable("has not the model's size");
        if (!std::all_of(array->begin(), array->end(), is_finite)) return unusable("is not finite");
    }
    if (state->hash() != start.expected) return unusable("is another than the one committed to");
    return {};
}

}  // namespace

Result<SegmentReplay> replay_segments(const Kernels& kernels, const WorkUnit& unit, const ReplayStart& start,
                                      std::uint32_t first, std::uint32_t count,
                                      const ProgressCallback& progress, const KeepState& keep) {
    DURE_CHECK(unit.check());
    if (count == 0 || first >= unit.segments() || count > unit.segments() - first) {
        return Error{ErrorCode::out_of_range, "the unit has no " + std::to_string(count) +
                                                  " segments from number " + std::to_string(first) +
                                                  "; it has " + std::to_string(unit.segments())};
    }
    DURE_CHECK(check_start(unit, start, unit.boundary_step(first)));
    std::vector<std::uint32_t> stops;
    for (std::uint32_t i = 1; i <= count; ++i)
        stops.push_back(unit.boundary_step(first + i));
    SeeState see;
    if (keep) {
        see = [&](std::size_t stop, const TrainingState& state) {
            keep(first + 1 + static_cast<std::uint32_t>(stop), state);
        };
    }
    DURE_TRY(Walk way, walk(kernels, unit, start.state, stops, progress, see));
    SegmentReplay replay;
    if (start.state == nullptr && count == unit.segments()) {
        replay.update = update_of(unit, way).encode();
        replay.update_hash = blob_hash(replay.update);
    }
    replay.states = std::move(way.states);
    return replay;
}

Result<std::vector<Hash>> replay_steps(const Kernels& kernels, const WorkUnit& unit, const ReplayStart& start,
                                       std::uint32_t from, std::uint32_t to, const ProgressCallback& progress,
                                       const std::function<void(const TrainingState&)>& see) {
    DURE_CHECK(unit.check());
    if (from >= to || to > unit.train.steps) {
        return Error{ErrorCode::out_of_range, "steps " + std::to_string(from) + " to " + std::to_string(to) +
                                                  " are no part of a unit of " +
                                                  std::to_string(unit.train.steps)};
    }
    DURE_CHECK(check_start(unit, start, from));
    std::vector<std::uint32_t> stops;
    for (std::uint32_t step = from + 1; step <= to; ++step)
        stops.push_back(step);
    SeeState each;
    if (see) each = [&see](std::size_t, const TrainingState& state) { see(state); };
    DURE_TRY(Walk way, walk(kernels, unit, start.state, stops, progress, each));
    return std::move(way.states);
}

}  // namespace dure::trainer
