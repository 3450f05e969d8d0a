#include "trainer/inference/generator.h"

#include <algorithm>
#include <string>

#include "base/assert.h"
#include "trainer/kernels/device.h"
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
    DeviceCopy parameters_copy;
    const float* parameters;
    DeviceArray<float> cosines;  // [max_sequence, head_dim / 2]
    DeviceArray<float> sines;    // as cosines
    std::int64_t length = 0;     // of the cached sequence

    struct Cache {
        DeviceArray<float> k;  // [max_sequence, kv_heads, head_dim], rotated
        DeviceArray<float> v;  // as k
    };
    std::vector<Cache> caches;            // one a layer
    DeviceArray<std::int32_t> positions;  // 0, 1, 2, ..
    DeviceArray<std::int32_t> ids;        // [k_prefill_tokens]
    // Of k_prefill_tokens tokens, for all layers in turn.
    DeviceArray<float> residual, normed, inverse_rms, q, attended, gate, up, activated;
    DeviceArray<float> logits;       // [vocab]
    std::vector<float> logits_read;  // as logits, where the device is not the host
    std::vector<float> scratch;      // [vocab]

    State(const Kernels& kernels_given, const ModelConfig& config_given,
          std::span<const float> parameters_given)
        : kernels(kernels_given),
          config(config_given),
          layout(make_layout(config_given)),
          parameters_copy(kernels_given.device(), parameters_given),
          parameters(parameters_copy.data()) {
        Device& device = kernels.device();
        const RotaryTable rotary = make_rotary_table(config, config.max_sequence);
        cosines = DeviceArray<float>(device, std::span<const float>(rotary.cosines));
        sines = DeviceArray<float>(device, std::span<const float>(rotary.sines));
        const auto rows =
            std::min<std::size_t>(config.max_sequence, static_cast<std::size_t>(k_prefill_tokens));
        const std::size_t key_width = std::size_t{config.kv_heads} * config.head_dim;
        const std::size_t query_width = std::size_t{config.heads} * config.head_dim;
        caches.resize(config.layers);
        for (Cache& cache : caches) {
            cache.k = DeviceArray<float>(device, config.max_sequence * key_width);
            cache.v = DeviceArray<float>(device, config.max_sequence * key_width);
        }
        std::vector<std::int32_t> counted;
        for (std::uint32_t i = 0; i < config.max_sequence; ++i)
            counted.push_back(static_cast<std::int32_t>(i));
        positions = DeviceArray<std::int32_t>(device, std::span<const std::int32_t>(counted));
        ids = DeviceArray<std::int32_t>(device, rows);
        residual = DeviceArray<float>(device, rows * config.dim);
        normed = DeviceArray<float>(device, rows * config.dim);
        inverse_rms = DeviceArray<float>(device, rows);
        q = DeviceArray<float>(device, rows * query_width);
        attended = DeviceArray<float>(device, rows * query_width);
        gate = DeviceArray<float>(device, rows * config.ffn);
        up = DeviceArray<float>(device, rows * config.ffn);
        activated = DeviceArray<float>(device, rows * config.ffn);
        logits = DeviceArray<float>(device, config.vocab);
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
        ids.upload(tokens);
        kernels.embedding(residual.data(), parameters + layout.embedding, ids.data(), count, config.dim);
        for (std::size_t i = 0; i < caches.size(); ++i) {
            const LayerActivations a = activations(i);
            layer_before_attention(kernels, config, layout.layers[i], parameters, a, residual.data(),
                                   {cosines.data(), sines.data(), positions.data() + length}, count);
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
    return Generator(std::make_unique<State>(kernels, config, parameters));
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
    return state.logits.on_host(state.logits_read);
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
        if (!state.kernels.host().all_finite(logits.data(), static_cast<std::int64_t>(logits.size()))) {
            return Error{ErrorCode::invalid, "the model's logits are not finite"};
        }
        const std::int32_t token =
            sample_token(state.kernels.host(), logits, state.config.active_vocab, params,
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
