#include "trainer/rounds/work_unit.h"

#include <algorithm>
#include <string>

#include "base/blob.h"
#include "base/merkle.h"
#include "trainer/kernels/device.h"
#include "trainer/model/optimizer.h"
#include "trainer/model/transformer.h"
#include "trainer/rounds/update.h"

namespace dure::trainer {
namespace {

// A unit's run: its state after some steps, and what was seen on the way.
struct Run {
    DeviceArray<float> parameters;
    Moments moments;
    std::vector<Hash> boundaries;
    std::uint32_t steps_done = 0;
    bool not_finite = false;  // at step steps_done + 1; then parameters and moments are unusable
    std::uint64_t loss_first = 0;
    std::uint64_t loss_last = 0;

    Run(Device& device, const Checkpoint& base)
        : parameters(device, std::span<const float>(base.parameters)),
          moments(base.parameters.size(), device) {}

    Hash leaf(const Hash& salt) const {
        std::vector<float> buffers[3];
        return segment_leaf(salt, parameters.on_host(buffers[0]), moments.first.on_host(buffers[1]),
                            moments.second.on_host(buffers[2]));
    }
};

class Trainer {
  public:
    Trainer(const Kernels& kernels, const WorkUnit& unit)
        : kernels_(kernels),
          unit_(unit),
          transformer_(kernels, unit.base->config, unit.train.sequence, Transformer::Use::gradients),
          gradient_(kernels.device(), unit.base->parameters.size()),
          losses_(kernels.device(), std::size_t{unit.train.batch} * unit.train.sequence) {}

    // Runs `steps` steps. False if cancelled.
    bool run(Run& run, std::uint32_t steps, const ProgressCallback& progress) {
        const TrainConfig& train = unit_.train;
        run.boundaries.push_back(run.leaf(unit_.seed));
        while (run.steps_done < steps) {
            if (!step(run)) {
                run.not_finite = true;
                return true;
            }
            if (run.steps_done % train.segment_steps == 0 || run.steps_done == train.steps) {
                run.boundaries.push_back(run.leaf(unit_.seed));
            }
            if (progress && !progress({run.steps_done, train.steps, run.loss_last})) return false;
        }
        return true;
    }

  private:
    bool step(Run& run) {
        const std::size_t step_tokens = std::size_t{unit_.train.batch} * unit_.train.window_tokens();
        transformer_.gradient(gradient_, losses_, run.parameters,
                              unit_.windows.subspan(run.steps_done * step_tokens, step_tokens));
        const auto outcome = adamw_step(kernels_, transformer_.layout(), unit_.train, run.steps_done + 1,
                                        run.parameters, run.moments, gradient_);
        if (outcome == StepOutcome::not_finite) return false;
        const std::span<const float> losses = losses_.on_host(losses_read_);
        if (!kernels_.host().all_finite(losses.data(), static_cast<std::int64_t>(losses.size())))
            return false;
        run.loss_last = mean_micro_nats(losses);
        if (run.steps_done == 0) run.loss_first = run.loss_last;
        ++run.steps_done;
        return true;
    }

    const Kernels& kernels_;
    const WorkUnit& unit_;
    Transformer transformer_;
    DeviceArray<float> gradient_;
    DeviceArray<float> losses_;
    std::vector<float> losses_read_;
};

Status check(const WorkUnit& unit) {
    DURE_CHECK(unit.train.validate_for(unit.base->config));
    if (unit.base->parameters.size() != unit.base->config.parameter_count()) {
        return Error{ErrorCode::invalid, "the base checkpoint's size is not what its config says"};
    }
    const std::uint64_t expected = unit.train.windows_per_unit() * unit.train.window_tokens();
    if (unit.windows.size() != expected) {
        return Error{ErrorCode::invalid, "the unit's windows hold " + std::to_string(unit.windows.size()) +
                                             " tokens, but its config needs " + std::to_string(expected)};
    }
    return unit.base->config.check_tokens(unit.windows);
}

Error cancelled() {
    return {ErrorCode::unavailable, "the work unit was cancelled"};
}

}  // namespace

Hash segment_leaf(const Hash& salt, std::span<const float> parameters, std::span<const float> first_moment,
                  std::span<const float> second_moment) {
    static const TaggedHash hash("dure/segment");
    const Hash roots[] = {array_root(parameters), array_root(first_moment), array_root(second_moment)};
    return hash({salt.bytes, roots[0].bytes, roots[1].bytes, roots[2].bytes});
}

Result<UnitResult> train_unit(const Kernels& kernels, const WorkUnit& unit,
                              const ProgressCallback& progress) {
    DURE_CHECK(check(unit));
    Trainer trainer(kernels, unit);
    Run run(kernels.device(), *unit.base);
    if (!trainer.run(run, unit.train.steps, progress)) return cancelled();

    UnitResult result;
    result.is_null = run.not_finite;
    if (run.not_finite) {
        // The failed step has spoilt the state; the one before it is reached again from the base.
        const NullUpdate what{run.steps_done + 1, Hash{}};
        Run again(kernels.device(), *unit.base);
        const auto still_wanted = [&](const UnitProgress& done) { return !progress || progress(done); };
        if (!trainer.run(again, run.steps_done, still_wanted)) return cancelled();
        const Hash state = again.leaf(unit.seed);
        result.update = Update::null(run.parameters.size(), {what.step, state}).encode();
        run.boundaries.push_back(state);
    } else {
        std::vector<float> buffer;
        result.update =
            Update::quantize(unit.base->parameters, run.parameters.on_host(buffer), unit.train.quant_block)
                .encode();
    }
    result.update_hash = blob_hash(result.update);
    result.segment_root = merkle_root(run.boundaries);
    result.tokens = std::uint64_t{run.steps_done} * unit.train.batch * unit.train.sequence;
    result.loss_first = run.loss_first;
    result.loss_last = run.loss_last;
    return result;
}

}  // namespace dure::trainer
