#include "trainer/rounds/work_unit.h"

#include <string>

#include "base/blob.h"
#include "trainer/rounds/update.h"
#include "trainer/rounds/walk.h"

namespace dure::trainer {

Status WorkUnit::check() const {
    DURE_CHECK(train.validate_for(base->config));
    if (base->parameters.size() != base->config.parameter_count()) {
        return Error{ErrorCode::invalid, "the base checkpoint's size is not what its config says"};
    }
    const std::uint64_t expected = train.windows_per_unit() * train.window_tokens();
    if (windows.size() != expected) {
        return Error{ErrorCode::invalid, "the unit's windows hold " + std::to_string(windows.size()) +
                                             " tokens, but its config needs " + std::to_string(expected)};
    }
    return base->config.check_tokens(windows);
}

Result<UnitResult> train_unit(const Kernels& kernels, const WorkUnit& unit, const Hash& secret,
                              const ProgressCallback& progress, const KeepState& keep) {
    DURE_CHECK(unit.check());
    std::vector<std::uint32_t> stops;
    for (std::uint32_t boundary = 0; boundary <= unit.segments(); ++boundary)
        stops.push_back(unit.boundary_step(boundary));
    SeeState see;
    if (keep) {
        see = [&keep](std::size_t stop, const TrainingState& state) {
            keep(static_cast<std::uint32_t>(stop), state);
        };
    }
    DURE_TRY(Walk way, walk(kernels, unit, nullptr, stops, progress, see));

    UnitResult result;
    result.update = update_of(unit, way).encode();
    result.update_hash = blob_hash(result.update);
    result.states = std::move(way.states);
    result.segment_root = segment_root(secret, result.states);
    result.tokens = std::uint64_t{way.steps_done} * unit.train.batch * unit.train.sequence;
    result.loss_first = way.loss_first;
    result.loss_last = way.loss_last;
    result.is_null = way.failed_step != 0;
    return result;
}

}  // namespace dure::trainer
