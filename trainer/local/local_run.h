// Training on one machine, for whoever has a text and no chain: the steps of a work unit (the same gradients,
// clipping, schedule and AdamW), as many as wanted, from sources of text.
//
// Promises: the same plan gives the same parameters bit for bit on every instruction set and any number of
// threads, also when it was interrupted and resumed. Not here: files, clocks and what is printed.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "trainer/kernels/device.h"
#include "trainer/kernels/kernels.h"
#include "trainer/local/sources.h"
#include "trainer/model/config.h"
#include "trainer/model/optimizer.h"
#include "trainer/model/transformer.h"
#include "trainer/rounds/checkpoint.h"

namespace dure::trainer {

inline constexpr std::size_t k_max_sources = 64;

struct LocalPlan {
    Checkpoint base;     ///< what it starts from
    TrainConfig train;   ///< steps, batch, sequence, the schedule and AdamW's settings
    std::uint64_t seed;  ///< of the windows
    std::vector<Source> sources;

    /// Errors: those of TrainConfig::validate_for and Source::check; `invalid` for no or too many sources or
    /// ids outside the model's vocabulary.
    Status check() const;
    /// Names everything that the result depends on.
    Hash fingerprint() const;
};

struct LocalStep {
    std::uint32_t step = 0;  ///< from 1
    std::size_t source = 0;
    double loss = 0;  ///< mean over the predicted tokens, in nats
};

class LocalRun {
  public:
    /// Begins the plan, or goes on from a state() of it. `kernels` and `plan` must outlive it. Errors: those
    /// of LocalPlan::check; `corrupt` for bytes that are no state; `conflict` for one of another plan.
    static Result<LocalRun> start(const Kernels& kernels, const LocalPlan& plan,
                                  std::optional<ByteView> state = std::nullopt);

    bool finished() const { return steps_ == plan_->train.steps; }
    std::uint32_t steps() const { return steps_; }

    /// One step. Errors: `invalid` if the numbers cease to be finite; the run cannot go on then. Needs
    /// !finished().
    Result<LocalStep> step();

    /// In the memory of the kernels' device.
    std::span<const float> parameters() const { return parameters_; }
    /// All that is needed to go on.
    Bytes state() const;
    /// The parameters as a checkpoint without outer momentum.
    Checkpoint checkpoint() const;

  private:
    LocalRun(const Kernels& kernels, const LocalPlan& plan);
    Status restore(ByteView state);
    std::size_t next_source() const;

    const Kernels* kernels_;
    const LocalPlan* plan_;
    Hash fingerprint_;
    std::uint32_t steps_ = 0;
    std::vector<SourceReader> readers_;
    DeviceArray<float> parameters_;
    Moments moments_;
    std::unique_ptr<Transformer> transformer_;
    DeviceArray<float> gradient_;
    DeviceArray<float> losses_;
    std::vector<float> losses_read_;
};

}  // namespace dure::trainer
