// Engine with text: requests may name stop strings, and their answers come as pieces of text.
//
// Promises those of Engine and of AnswerText. Not here: threads, clocks, who pays.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "trainer/inference/answer_text.h"
#include "trainer/inference/engine.h"
#include "trainer/text/tokenizer.h"

namespace dure::trainer {

struct AnswerRequest {
    EngineRequest tokens;
    std::vector<std::string> stops;
};

/// What a step did for one request.
struct AnswerPart {
    RequestId request = 0;
    std::string text;                    ///< that may be given out now
    std::optional<Token> token;          ///< the answer has it, but for one that ends it
    TokenScores scores;                  ///< of the token, where they were asked for
    std::optional<FinishReason> finish;  ///< the request is over, and forgotten
};

class AnswerEngine {
  public:
    /// `tokenizer` must outlive this, and so must what Engine::create needs. Errors: those of Engine::create.
    static Result<AnswerEngine> create(const Kernels& kernels, const ModelConfig& config,
                                       std::span<const float> parameters, const Tokenizer& tokenizer,
                                       const EngineLimits& limits);

    /// Errors: those of Engine::add and of check_stop_strings.
    Result<RequestId> add(AnswerRequest request);
    void cancel(RequestId id);
    void pause(RequestId id) { engine_.pause(id); }
    void resume(RequestId id) { engine_.resume(id); }

    /// One step of the engine; the parts, at most one a request, are valid until the next call.
    std::span<const AnswerPart> step();

    const Engine& engine() const { return engine_; }

  private:
    AnswerEngine(Engine engine, const Tokenizer& tokenizer)
        : engine_(std::move(engine)), tokenizer_(&tokenizer) {}

    Engine engine_;
    const Tokenizer* tokenizer_;
    std::map<RequestId, AnswerText> texts_;
    std::vector<AnswerPart> parts_;
};

}  // namespace dure::trainer
