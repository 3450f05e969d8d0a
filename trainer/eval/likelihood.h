// How likely a model finds a text, alone or behind another.
//
// Promises: the same numbers whatever else is asked in the same call, on every instruction set and any number
// of threads. Not here: tasks (tasks.h) and text (tokens come from a Tokenizer).
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "trainer/kernels/device.h"
#include "trainer/kernels/kernels.h"
#include "trainer/model/config.h"
#include "trainer/model/transformer.h"

namespace dure::trainer {

/// `continuation`, as it may stand behind `context` on a line of its own.
struct Continuation {
    std::vector<std::int32_t> context;
    std::vector<std::int32_t> continuation;  ///< not empty
};

class Likelihood {
  public:
    /// Needs a valid config, parameters [config.parameter_count()] in the memory of the kernels' device;
    /// `kernels` and `parameters` must outlive it.
    Likelihood(const Kernels& kernels, const ModelConfig& config, std::span<const float> parameters);

    /// For each the surprise -log P(continuation | context) in nats. Where context and continuation are
    /// longer than the model's windows, the context's beginning is left out, and then that of the
    /// continuation. Needs ids below active_vocab.
    std::vector<double> surprises(std::span<const Continuation> continuations);

    /// The surprise in nats of all tokens but the first of a running text, read in windows of the model's
    /// length of which each begins where the last one ends. Needs ids below active_vocab.
    double surprise(std::span<const std::int32_t> tokens);

    /// The longest window: the largest length up to max_sequence that training allows.
    std::uint32_t longest() const { return longest_; }

  private:
    /// The losses of windows of `sequence` inputs, valid until the next call.
    std::span<const float> losses(std::span<const std::int32_t> windows, std::uint32_t sequence);
    std::uint32_t sequence_for(std::size_t tokens) const;

    const Kernels& kernels_;
    ModelConfig config_;
    std::span<const float> parameters_;
    std::uint32_t longest_;
    std::map<std::uint32_t, Transformer> transformers_;  // by length of windows
    DeviceArray<float> losses_;
    std::vector<float> losses_read_;
};

}  // namespace dure::trainer
