// Answers many requests at once: each step() is one forward pass over the next tokens of all that run, some of
// them still reading their prompts, others one token further (continuous batching).
//
// Promises:
//  - A request's tokens and log-probabilities are those of Generator for the same prompt and parameters, bit
//    for bit, whatever else is in the batch, and whenever it is paused, resumed or evicted.
//  - Memory is planned at construction. A request runs only once the cache has room for its prompt and its
//    longest answer; until then it waits in the order of arrival. Beyond max_waiting it is refused.
//  - A paused request takes no part in steps. It keeps its place in the cache until somebody who waits needs
//    it, and computes it anew when it goes on.
// It owns no thread, clock or lock: the caller drives it. Not here: text and stop strings (answer_engine.h).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "trainer/inference/generator.h"
#include "trainer/inference/sampling.h"
#include "trainer/kernels/kernels.h"
#include "trainer/model/config.h"

namespace dure::trainer {

struct EngineLimits {
    std::uint32_t max_running = 16;        ///< requests in one batch
    std::uint32_t max_waiting = 64;        ///< requests that do not run yet; paused ones are not counted
    std::uint32_t batch_tokens = 128;      ///< of one step, at least max_running
    std::int64_t cache_positions = 4'096;  ///< tokens of all requests that have a place in the cache

    /// Errors: `out_of_range`, naming the field.
    Status validate() const;
};

/// Names a request of one engine; never used twice.
using RequestId = std::uint64_t;

struct EngineRequest {
    std::vector<std::int32_t> prompt;
    SamplingParams params;
    /// Whether the tokens' scores are wanted, and of how many of the likeliest beside the chosen.
    std::optional<std::uint32_t> log_probabilities;
};

/// What a step did for one request: a token, the end, or both.
struct EngineEvent {
    RequestId request = 0;
    std::optional<std::int32_t> token;
    TokenScores scores;                  ///< where they were asked for and there is a token
    std::optional<FinishReason> finish;  ///< the request is over, and forgotten
};

class Engine {
  public:
    /// `kernels` and `parameters` [config.parameter_count()] must outlive it. Errors: those of Decoder::create
    /// and of the limits.
    static Result<Engine> create(const Kernels& kernels, const ModelConfig& config,
                                 std::span<const float> parameters, const EngineLimits& limits);
    Engine(Engine&&) noexcept;
    Engine& operator=(Engine&&) noexcept;
    ~Engine();

    /// Bytes of memory for a valid config and valid limits, requests' tokens aside.
    static std::uint64_t memory_bytes(const ModelConfig& config, const EngineLimits& limits);

    /// Errors: `out_of_range` (an empty or too long prompt, bad params, more positions than the cache has),
    /// `invalid` (ids outside the vocabulary), `unavailable` (max_waiting are waiting).
    Result<RequestId> add(EngineRequest request);
    // The following do nothing for a request that is over.
    /// Ends and forgets it, without an event.
    void cancel(RequestId id);
    void pause(RequestId id);
    /// It goes on before those that have not run yet.
    void resume(RequestId id);

    /// One pass over the next tokens of those that run, after as many as fit have begun to. The events, at
    /// most one a request, are valid until the next call. A request whose logits are not finite ends with
    /// FinishReason::failed.
    std::span<const EngineEvent> step();
    /// Whether a step would do nothing: all requests are over or paused.
    bool idle() const;

    std::size_t running() const;
    std::size_t waiting() const;
    std::size_t paused() const;
    std::int64_t cache_positions_in_use() const;

  private:
    struct State;
    explicit Engine(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace dure::trainer
