#include "trainer/inference/generator.h"

#include <algorithm>
#include <string>

#include "trainer/inference/decoder.h"

namespace dure::trainer {
namespace {

constexpr std::int64_t k_prefill_tokens = 128;  // at once; bounds the memory

}  // namespace

struct Generator::State {
    Decoder decoder;
    std::int64_t length = 0;  // of the cached sequence
};

Generator::Generator(std::unique_ptr<State> state) : state_(std::move(state)) {}
Generator::Generator(Generator&&) noexcept = default;
Generator& Generator::operator=(Generator&&) noexcept = default;
Generator::~Generator() = default;

Result<Generator> Generator::create(const Kernels& kernels, const ModelConfig& config,
                                    std::span<const float> parameters) {
    const DecoderShape shape{config.max_sequence, k_prefill_tokens, 1};
    DURE_TRY(Decoder decoder, Decoder::create(kernels, config, parameters, shape));
    return Generator(std::make_unique<State>(State{std::move(decoder)}));
}

void Generator::reset() {
    state_->length = 0;
}

Result<std::span<const float>> Generator::append(std::span<const std::int32_t> tokens) {
    State& state = *state_;
    const ModelConfig& config = state.decoder.config();
    if (tokens.empty() || tokens.size() > static_cast<std::size_t>(config.max_sequence - state.length)) {
        return Error{ErrorCode::out_of_range, std::to_string(tokens.size()) + " tokens behind " +
                                                  std::to_string(state.length) + " do not fit the model's " +
                                                  std::to_string(config.max_sequence) +
                                                  " positions, or are none"};
    }
    DURE_CHECK(config.check_tokens(tokens));
    std::span<const float> logits;
    while (!tokens.empty()) {
        const auto now = tokens.first(std::min(tokens.size(), static_cast<std::size_t>(k_prefill_tokens)));
        tokens = tokens.subspan(now.size());
        const DecoderPart part{0, state.length, now, tokens.empty()};
        logits = state.decoder.forward({&part, 1});
        state.length += static_cast<std::int64_t>(now.size());
    }
    return logits;
}

Result<Generation> Generator::generate(std::span<const std::int32_t> prompt, const SamplingParams& params,
                                       const TokenCallback& on_token) {
    State& state = *state_;
    const ModelConfig& config = state.decoder.config();
    const Kernels& kernels = state.decoder.host_kernels();
    DURE_CHECK(params.validate());
    if (prompt.empty() || prompt.size() >= config.max_sequence) {
        return Error{ErrorCode::out_of_range,
                     "the prompt has " + std::to_string(prompt.size()) + " tokens; the model takes 1 to " +
                         std::to_string(config.max_sequence - 1) + ", so shorten it"};
    }
    reset();
    Generation generation;
    std::vector<std::int32_t> next(prompt.begin(), prompt.end());
    while (true) {
        DURE_TRY(const std::span<const float> logits, append(next));
        if (!kernels.all_finite(logits.data(), static_cast<std::int64_t>(logits.size()))) {
            return Error{ErrorCode::invalid, "the model's logits are not finite"};
        }
        const Choice choice{&params, static_cast<std::uint64_t>(state.length)};
        std::int32_t token = 0;
        sample_tokens(kernels, {&token, 1}, logits.data(), config.vocab, config.active_vocab, {&choice, 1},
                      state.decoder.scratch());
        if (std::find(params.stop_tokens.begin(), params.stop_tokens.end(), token) !=
            params.stop_tokens.end()) {
            generation.finish = FinishReason::stop;
            return generation;
        }
        generation.tokens.push_back(token);
        if (on_token && !on_token(token)) {
            generation.finish = FinishReason::cancelled;
            return generation;
        }
        const bool full = state.length + 1 >= static_cast<std::int64_t>(config.max_sequence);
        if (generation.tokens.size() >= params.max_tokens || full) return generation;
        next.assign(1, token);
    }
}

}  // namespace dure::trainer
