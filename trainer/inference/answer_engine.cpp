#include "trainer/inference/answer_engine.h"

#include <utility>

namespace dure::trainer {

Result<AnswerEngine> AnswerEngine::create(const Kernels& kernels, const ModelConfig& config,
                                          std::span<const float> parameters, const Tokenizer& tokenizer,
                                          const EngineLimits& limits) {
    DURE_TRY(Engine engine, Engine::create(kernels, config, parameters, limits));
    return AnswerEngine(std::move(engine), tokenizer);
}

Result<RequestId> AnswerEngine::add(AnswerRequest request) {
    DURE_CHECK(check_stop_strings(request.stops));
    const auto& prompt = request.tokens.prompt;
    const bool at_line_start =
        !prompt.empty() && (prompt.back() == tokenizer_->newline() || prompt.back() == k_begin_token);
    DURE_TRY(const RequestId id, engine_.add(std::move(request.tokens)));
    texts_.emplace(id, AnswerText(*tokenizer_, std::move(request.stops), at_line_start));
    return id;
}

void AnswerEngine::cancel(RequestId id) {
    engine_.cancel(id);
    texts_.erase(id);
}

std::span<const AnswerPart> AnswerEngine::step() {
    parts_.clear();
    for (const EngineEvent& event : engine_.step()) {
        AnswerPart part{event.request, {}, event.token, event.scores, event.finish};
        AnswerText& text = texts_.at(event.request);
        if (event.token) part.text = text.push(*event.token);
        if (event.finish) part.text += text.finish();
        if (text.stopped()) part.finish = FinishReason::stop;
        parts_.push_back(std::move(part));
    }
    // Not while the engine's events are being read.
    for (const AnswerPart& part : parts_) {
        if (part.finish) cancel(part.request);
    }
    return parts_;
}

}  // namespace dure::trainer
