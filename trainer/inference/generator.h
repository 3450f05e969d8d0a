// Decoding with a key/value cache, one call at a time.
//
// Promises: logits equal those of a forward pass over the whole sequence bit for bit, so that an answer is a
// function of parameters, prompt and SamplingParams alone. The plain way; the engine answers many calls at
// once with the same tokens. Not here: text (answer_text.h) and batching (engine.h).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "trainer/inference/sampling.h"
#include "trainer/kernels/kernels.h"
#include "trainer/model/config.h"

namespace dure::trainer {

enum class FinishReason : std::uint8_t {
    stop,
    length,
    cancelled,
    failed,  ///< the logits were not finite
};

struct Generation {
    std::vector<std::int32_t> tokens;  ///< the answer, without the stop token
    FinishReason finish = FinishReason::length;
};

/// Called for each token of the answer; return false to end it.
using TokenCallback = std::function<bool(std::int32_t token)>;

class Generator {
  public:
    /// `kernels` and `parameters` [config.parameter_count()] must outlive it. Errors: `out_of_range` for a
    /// config that does not validate, `invalid` for a wrong number of parameters.
    static Result<Generator> create(const Kernels& kernels, const ModelConfig& config,
                                    std::span<const float> parameters);

    Generator(Generator&&) noexcept;
    Generator& operator=(Generator&&) noexcept;
    ~Generator();

    /// The answer ends at a stop token, at max_tokens or when prompt and answer fill config.max_sequence.
    /// Errors: `out_of_range` for an empty prompt, one that leaves no room for an answer, or bad params;
    /// `invalid` for ids outside the vocabulary or logits that are not finite.
    Result<Generation> generate(std::span<const std::int32_t> prompt, const SamplingParams& params,
                                const TokenCallback& on_token = {});

    /// Empties the cache.
    void reset();
    /// Appends tokens to the cached sequence; the logits [vocab] after the last one, valid until the next
    /// call. Errors: `out_of_range` when the sequence would be longer than config.max_sequence or `tokens` is
    /// empty; `invalid` for ids outside the vocabulary.
    Result<std::span<const float>> append(std::span<const std::int32_t> tokens);

  private:
    struct State;
    explicit Generator(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace dure::trainer
