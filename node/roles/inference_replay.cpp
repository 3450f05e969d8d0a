#include "node/roles/inference_replay.h"

#include <algorithm>
#include <map>
#include <utility>

#include "trainer/text/normalize.h"

namespace dure::node {

namespace {

trainer::Float32 float_of(std::uint32_t bits) {
    trainer::Float32 number;
    number.bits = bits;
    return number;
}

ledger::AnswerEnd end_of(trainer::FinishReason finish) {
    return finish == trainer::FinishReason::stop ? ledger::AnswerEnd::stop : ledger::AnswerEnd::length;
}

/// For all choices at once; more memory than one of the greatest length the cache never needs.
trainer::EngineLimits replay_limits(const trainer::ModelConfig& config) {
    trainer::EngineLimits limits;
    limits.max_running = ledger::k_max_answer_choices;
    limits.max_waiting = ledger::k_max_answer_choices;
    limits.cache_positions = config.max_sequence;
    return limits;
}

/// One choice of a replay, as it grows.
struct Growing {
    ledger::AnswerChoice answer;
    std::optional<std::uint32_t> cut;  ///< where it is to be cut
    bool done = false;

    bool reaches_cut() const { return cut && answer.tokens.size() >= *cut; }
};

}  // namespace

Result<trainer::Tokens> prompt_tokens(const trainer::Tokenizer& tokenizer, const std::string& prompt) {
    DURE_TRY(std::string text, trainer::normalize_text(prompt));
    if (!text.empty() && text.back() == '\n' && !prompt.empty() && prompt.back() != '\n') text.pop_back();
    if (text.empty()) return Error{ErrorCode::out_of_range, "the prompt is empty"};
    trainer::Tokens tokens{trainer::k_begin_token};
    const trainer::Tokens words = tokenizer.encode(text);
    tokens.insert(tokens.end(), words.begin(), words.end());
    return tokens;
}

std::optional<ledger::InferenceRequest> canonical_request(const trainer::Tokens& prompt,
                                                          const trainer::SamplingParams& params,
                                                          const std::vector<std::string>& stops,
                                                          std::uint32_t choices) {
    if (prompt.size() > ledger::k_max_request_tokens || stops.size() > ledger::k_max_request_stops)
        return std::nullopt;
    ledger::InferenceRequest request;
    request.prompt.assign(prompt.begin(), prompt.end());
    request.choices = choices;
    request.max_tokens = params.max_tokens;
    request.temperature = params.temperature.bits;
    request.top_k = params.top_k;
    request.top_p = params.top_p.bits;
    request.seed = params.seed;
    request.stop_tokens.assign(params.stop_tokens.begin(), params.stop_tokens.end());
    for (const std::string& stop : stops)
        request.stops.emplace_back(stop);
    return request;
}

std::vector<trainer::AnswerRequest> engine_requests(const ledger::InferenceRequest& request) {
    trainer::SamplingParams params;
    params.max_tokens = request.max_tokens;
    params.temperature = float_of(request.temperature);
    params.top_k = request.top_k;
    params.top_p = float_of(request.top_p);
    params.stop_tokens.assign(request.stop_tokens.begin(), request.stop_tokens.end());
    const trainer::Tokens prompt(request.prompt.begin(), request.prompt.end());
    const std::vector<std::string> stops(request.stops.begin(), request.stops.end());
    std::vector<trainer::AnswerRequest> requests;
    for (std::uint32_t choice = 0; choice < request.choices; ++choice) {
        params.seed = request.seed + choice;
        requests.push_back({{prompt, params, std::nullopt}, stops});
    }
    return requests;
}

Result<ledger::InferenceRequest> request_from_receipt(const ledger::InferenceStatement& statement,
                                                      const trainer::Tokens& prompt,
                                                      const std::vector<std::string>& stops) {
    const ledger::SamplingRule& rule = statement.sampling;
    trainer::SamplingParams params;
    params.max_tokens = rule.max_tokens;
    params.temperature = float_of(rule.temperature);
    params.top_k = rule.top_k;
    params.top_p = float_of(rule.top_p);
    params.seed = rule.seed;
    params.stop_tokens = {trainer::k_end_token};
    const auto request = canonical_request(prompt, params, stops, rule.choices);
    if (!request) return Error{ErrorCode::invalid, "the prompt is longer than any receipt's"};
    const ledger::InferenceReceipt receipt{statement, {}};
    DURE_CHECK(receipt.check_request(*request));
    return *request;
}

Result<std::vector<ledger::AnswerChoice>> replay_request(const trainer::Kernels& kernels,
                                                         const trainer::Checkpoint& checkpoint,
                                                         const trainer::Tokenizer& tokenizer,
                                                         const ledger::InferenceRequest& request,
                                                         const ledger::ChoiceEnds& ends,
                                                         const std::function<bool()>& go_on) {
    if (request.choices == 0 || request.choices > ledger::k_max_answer_choices)
        return Error{ErrorCode::out_of_range, "a request of " + std::to_string(request.choices) + " choices"};
    DURE_TRY(trainer::AnswerEngine engine,
             trainer::AnswerEngine::create(kernels, checkpoint.config, checkpoint.parameters, tokenizer,
                                           replay_limits(checkpoint.config)));
    std::vector<Growing> choices(request.choices);
    std::map<trainer::RequestId, std::size_t> numbers;
    std::vector<trainer::AnswerRequest> requests = engine_requests(request);
    for (std::size_t i = 0; i < requests.size(); ++i) {
        if (i < ends.size() && ends[i].end == ledger::AnswerEnd::cut) choices[i].cut = ends[i].tokens;
        DURE_TRY(const trainer::RequestId id, engine.add(std::move(requests[i])));
        numbers.emplace(id, i);
    }
    const auto cut = [&](trainer::RequestId id, Growing& choice) {
        choice.answer.end = ledger::AnswerEnd::cut;
        choice.done = true;
        engine.cancel(id);
    };
    for (const auto& [id, number] : numbers) {
        if (choices[number].reaches_cut()) cut(id, choices[number]);
    }
    while (!engine.engine().idle()) {
        if (go_on && !go_on()) return Error{ErrorCode::unavailable, "the replay was broken off"};
        // The parts are gone with the next call to the engine.
        std::vector<trainer::RequestId> to_cut;
        for (const trainer::AnswerPart& part : engine.step()) {
            Growing& choice = choices[numbers.at(part.request)];
            if (part.finish == trainer::FinishReason::failed)
                return Error{ErrorCode::invalid, "the model's logits are not finite"};
            if (part.token) choice.answer.tokens.push_back(static_cast<std::uint32_t>(*part.token));
            choice.answer.text += part.text;
            if (part.finish) {
                choice.answer.end = end_of(*part.finish);
                choice.done = true;
            } else if (choice.reaches_cut()) {
                to_cut.push_back(part.request);
            }
        }
        for (const trainer::RequestId id : to_cut)
            cut(id, choices[numbers.at(id)]);
    }
    std::vector<ledger::AnswerChoice> answers;
    for (Growing& choice : choices)
        answers.push_back(std::move(choice.answer));
    return answers;
}

Result<Hash> replayed_outcome(const trainer::Kernels& kernels, const trainer::Checkpoint& checkpoint,
                              const trainer::Tokenizer& tokenizer, const ledger::InferenceRequest& request,
                              const ledger::ChoiceEnds& ends, const std::function<bool()>& go_on) {
    const auto answers = replay_request(kernels, checkpoint, tokenizer, request, ends, go_on);
    if (answers) return ledger::InferenceOutcome::of(*answers).hash();
    if (answers.error().code == ErrorCode::unavailable) return answers.error();
    return ledger::InferenceOutcome::of({}).hash();
}

}  // namespace dure::node
