#include "trainer/inference/generator.h"

#include <algorithm>
#include <string>

#include "base/assert.h"
#include "trainer/model/layer.h"
#include "trainer/model/layout.h"
#include "trainer/model/rotary.h"

namespace dure::trainer {
namespace {

constexpr std::int64_t k_prefill_tokens = 128;  // at once; bounds the memory

}  // namespace

struct Generator::State {
    const Kernels& kernels;
    ModelConfig config;
    ParameterLayout layout;
    const float* parameters;
    RotaryTable rotary;
    std::int64_t length = 0;  // of the cached sequence

    struct Cache {
        std::vector<float> k;  // [max_sequence, kv_heads, head_dim], rotated
        std::vector<float> v;  // as k
    };
    std::vector<Cache> caches;            // one a layer
    std::vector<std::int32_t> positions;  // 0, 1, 2, ..
    // Of k_prefill_tokens tokens, for all layers in turn.
    std::vector<float> residual, normed, inverse_rms, q, attended, gate, up, activated;
    std::vector<float> logits;   // [vocab]
    std::vector<float> scratch;  // [vocab]

    State(const Kernels& kernels_given, const ModelConfig& config_given, const float* parameters_given)
        : kernels(kernels_given),
          config(config_given),
          layout(make_layout(config_given)),
          parameters(parameters_given),
          rotary(make_rotary_table(config_given, config_given.max_sequence)) {
        const auto rows =
            std::min<std::size_t>(config.max_sequence, static_cast<std::size_t>(k_prefill_tokens));
        const std::size_t key_width = std::size_t{config.kv_heads} * config.head_dim;
        const std::size_t query_width = std::size_t{config.heads} * config.head_dim;
        caches.resize(config.layers);
        for (Cache& cache : caches) {
            cache.k.resize(config.max_sequence * key_width);
            cache.v.resize(config.max_sequence * key_width);
        }
        for (std::uint32_t i = 0; i < config.max_sequence; ++i)
            positions.push_back(static_cast<std::int32_t>(i));
        residual.resize(rows * config.dim);
        normed.resize(rows * config.dim);
        inverse_rms.resize(rows);
        q.resize(rows * query_width);
        attended.resize(rows * query_width);
        gate.resize(rows * config.ffn);
        up.resize(rows * config.ffn);
        activated.resize(rows * config.ffn);
        logits.resize(config.vocab);
        scratch.resize(config.vocab);
    }

    LayerActivations activations(std::size_t layer) {
        const std::int64_t at = length * config.kv_heads * config.head_dim;
        LayerActivations a;
        a.normed = normed.data();
        a.inverse_rms = inverse_rms.data();
        a.q = q.data();
        a.k = caches[layer].k.data() + at;
        a.v = caches[layer].v.data() + at;
        a.attended = attended.data();
        a.middle = residual.data();
        a.ffn_normed = normed.data();
        a.ffn_inverse_rms = inverse_rms.data();
        a.gate = gate.data();
        a.up = up.data();
        a.activated = activated.data();
        return a;
    }

    // Appends at most k_prefill_tokens tokens to the cache; their residual stream behind the last layer is in
    // `residual`.
    void advance(std::span<const std::int32_t> tokens) {
        const auto count = static_cast<std::int64_t>(tokens.size());
        kernels.embedding(residual.data(), parameters + layout.embedding, tokens.data(), count, config.dim);
        for (std::size_t i = 0; i < caches.size(); ++i) {
            const LayerActivations a = activations(i);
            layer_before_attention(kernels, config, layout.layers[i], parameters, a, residual.data(),
                                   {&rotary, positions.data() + length}, count);
            const CachedQueries queries{a.attended,         a.q,    caches[i].k.data(),
                                        caches[i].v.data(), length, count};
            kernels.attention_cached(&queries, 1, config.heads, config.kv_heads, config.head_dim);
            layer_behind_attention(kernels, config, layout.layers[i], parameters, a, residual.data(),
                                   residual.data(), count);
        }
        length += count;
    }

    void logits_of_row(std::int64_t row) {
        kernels.rms_norm(normed.data(), nullptr, residual.data() + row * config.dim,
                         parameters + layout.final_norm, config.norm_epsilon.value(), 1, config.dim);
        kernels.matmul(logits.data(), normed.data(), parameters + layout.head, 1, config.vocab, config.dim);
    }
};

Generator::Generator(std::unique_ptr<State> state) : state_(std::move(state)) {}
Generator::Generator(Generator&&) noexcept = default;
Generator& Generator::operator=(Generator&&) noexcept = default;
Generator::~Generator() = default;

Result<Generator> Generator::create(const Kernels& kernels, const ModelConfig& config,
                                    std::span<const float> parameters) {
    DURE_CHECK(config.validate());
    if (parameters.size() != config.parameter_count()) {
        return Error{ErrorCode::invalid, "the model has " + std::to_string(parameters.size()) +
                                             " parameters, but its config says " +
                                             std::to_string(config.parameter_count())};
    }
    return Generator(std::make_unique<State>(kernels, config, parameters.data()));
}

void Generator::reset() {
    state_->length = 0;
}

Result<std::span<const float>> Generator::append(std::span<const std::int32_t> tokens) {
    State& state = *state_;
    if (tokens.empty() ||
        tokens.size() > static_cast<std::size_t>(state.config.max_sequence - state.length)) {
        return Error{ErrorCode::out_of_range, std::to_string(tokens.size()) + " tokens behind " +
                                                  std::to_string(state.length) + " do not fit the model's " +
                                                  std::to_string(state.config.max_sequence) +
                                                  " positions, or are none"};
    }
    DURE_CHECK(state.config.check_tokens(tokens));
    std::size_t last_part = 0;
    for (std::size_t at = 0; at < tokens.size(); at += last_part) {
        last_part = std::min<std::size_t>(tokens.size() - at, static_cast<std::size_t>(k_prefill_tokens));
        state.advance(tokens.subspan(at, last_part));
    }
    state.logits_of_row(static_cast<std::int64_t>(last_part) - 1);
    return std::span<const float>(state.logits);
}

Result<Generation> Generator::generate(std::span<const std::int32_t> prompt, const SamplingParams& params,
                                       const TokenCallback& on_token) {
    State& state = *state_;
    DURE_CHECK(params.validate());
    if (prompt.empty() || prompt.size() >= state.config.max_sequence) {
        return Error{ErrorCode::out_of_range,
                     "the prompt has " + std::to_string(prompt.size()) + " tokens; the model takes 1 to " +
                         std::to_string(state.config.max_sequence - 1) + ", so shorten it"};
    }
    reset();
    Generation generation;
    std::vector<std::int32_t> next(prompt.begin(), prompt.end());
    while (true) {
        DURE_TRY(const std::span<const float> logits, append(next));
        if (!state.kernels.all_finite(logits.data(), static_cast<std::int64_t>(logits.size()))) {
            return Error{ErrorCode::invalid, "the model's logits are not finite"};
        }
        const std::int32_t token = sample_token(state.kernels, logits, state.config.active_vocab, params,
                                                static_cast<std::uint64_t>(state.length), state.scratch);
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
        const bool full = state.length + 1 >= static_cast<std::int64_t>(state.config.max_sequence);
        if (generation.tokens.size() >= params.max_tokens || full) return generation;
        next.assign(1, token);
    }
}

}  // namespace dure::trainer
