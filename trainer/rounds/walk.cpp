#include "trainer/rounds/walk.h"

#include "base/assert.h"
#include "trainer/kernels/device.h"
#include "trainer/model/optimizer.h"
#include "trainer/model/transformer.h"
#include "trainer/rounds/arrays.h"

namespace dure::trainer {
namespace {

class Walker {
  public:
    Walker(const Kernels& kernels, const WorkUnit& unit, const TrainingState* start)
        : kernels_(kernels),
          unit_(unit),
          start_(start),
          transformer_(kernels, unit.base->config, unit.train.sequence, Transformer::Use::gradients),
          parameters_(kernels.device(), unit.base->parameters.size()),
          moments_(unit.base->parameters.size(), kernels.device()),
          gradient_(kernels.device(), unit.base->parameters.size()),
          losses_(kernels.device(), std::size_t{unit.train.batch} * unit.train.sequence) {
        go_back();
    }

    std::uint32_t steps_done() const { return steps_done_; }
    std::uint64_t loss() const { return loss_; }

    void go_back() {
        if (start_ != nullptr) {
            parameters_.upload(start_->parameters);
            moments_.first.upload(start_->first_moment);
            moments_.second.upload(start_->second_moment);
            steps_done_ = start_->step;
            return;
        }
        parameters_.upload(unit_.base->parameters);
        for (DeviceArray<float>* array : {&moments_.first, &moments_.second})
            kernels_.device().zero(array->data(), array->size() * sizeof(float));
        steps_done_ = 0;
    }

    // One step. False if it is not finite: then the state is spoilt until go_back().
    bool step() {
        const std::size_t step_tokens = std::size_t{unit_.train.batch} * unit_.train.window_tokens();
        transformer_.gradient(gradient_, losses_, parameters_,
                              unit_.windows.subspan(steps_done_ * step_tokens, step_tokens));
        const auto outcome = adamw_step(kernels_, transformer_.layout(), unit_.train, steps_done_ + 1,
                                        parameters_, moments_, gradient_);
        if (outcome == StepOutcome::not_finite) return false;
        const std::span<const float> losses = losses_.on_host(losses_read_);
        if (!kernels_.host().all_finite(losses.data(), static_cast<std::int64_t>(losses.size())))
            return false;
        loss_ = mean_micro_nats(losses);
        ++steps_done_;
        return true;
    }

    Hash state() {
        return state_hash({array_root(parameters_.on_host(buffers_[0])),
                           array_root(moments_.first.on_host(buffers_[1])),
                           array_root(moments_.second.on_host(buffers_[2]))});
    }
    TrainingState copy() {
        return {copy_of(parameters_), copy_of(moments_.first), copy_of(moments_.second), steps_done_};
    }
    std::vector<float> parameters() { return copy_of(parameters_); }

  private:
    std::vector<float> copy_of(const DeviceArray<float>& array) {
        const std::span<const float> values = array.on_host(buffers_[0]);
        return {values.begin(), values.end()};
    }

    const Kernels& kernels_;
    const WorkUnit& unit_;
    const TrainingState* start_;
    Transformer transformer_;
    DeviceArray<float> parameters_;
    Moments moments_;
    DeviceArray<float> gradient_;
    DeviceArray<float> losses_;
    std::vector<float> losses_read_;
    std::vector<float> buffers_[3];
    std::uint32_t steps_done_ = 0;
    std::uint64_t loss_ = 0;
};

Error cancelled() {
    return {ErrorCode::unavailable, "the work unit was cancelled"};
}

}  // namespace

Result<Walk> walk(const Kernels& kernels, const WorkUnit& unit, const TrainingState* start,
                  std::span<const std::uint32_t> stops, const ProgressCallback& progress,
                  const SeeState& see) {
    Walker walker(kernels, unit, start);
    const std::uint32_t first = walker.steps_done();
    DURE_ASSERT(!stops.empty() && stops.front() >= first && stops.back() <= unit.train.steps);
    const auto go_on = [&] {
        return !progress || progress({walker.steps_done(), unit.train.steps, walker.loss()});
    };
    Walk result;
    while (result.failed_step == 0 && result.states.size() < stops.size()) {
        const std::uint32_t stop = stops[result.states.size()];
        DURE_ASSERT(stop >= walker.steps_done());
        while (walker.steps_done() < stop) {
            if (!walker.step()) {
                result.failed_step = walker.steps_done() + 1;
                break;
            }
            if (walker.steps_done() == first + 1) result.loss_first = walker.loss();
            if (!go_on()) return cancelled();
        }
        if (result.failed_step != 0) break;
        if (see) see(result.states.size(), walker.copy());
        result.states.push_back(walker.state());
    }
    result.loss_last = walker.steps_done() > first ? walker.loss() : 0;
    result.steps_done = walker.steps_done();
    if (result.failed_step == 0) {
        result.parameters = walker.parameters();
        return result;
    }
    // The failed step has spoilt the state before it, which is reached again.
    walker.go_back();
    while (walker.steps_done() + 1 < result.failed_step) {
        const bool again = walker.step();
        DURE_ASSERT(again);
        if (!go_on()) return cancelled();
    }
    result.states.resize(stops.size(), not_finite_state(result.failed_step, walker.state()));
    return result;
}

Update update_of(const WorkUnit& unit, const Walk& whole) {
    const std::vector<float>& base = unit.base->parameters;
    if (whole.failed_step != 0) return Update::null(base.size(), whole.failed_step);
    return Update::quantize(base, whole.parameters, unit.train.quant_block);
}

}  // namespace dure::trainer
