#include "trainer/model/transformer.h"

#include <algorithm>

#include "base/assert.h"
#include "trainer/kernels/device.h"
#include "trainer/model/head.h"
#include "trainer/model/layer.h"
#include "trainer/model/rotary.h"

namespace dure::trainer {
namespace {

constexpr std::int32_t k_no_target = -1;  // Kernels::cross_entropy ignores it

}  // namespace

struct Transformer::Plan {
    const Kernels& kernels;
    ModelConfig config;
    ParameterLayout layout;
    std::int64_t sequence;
    bool gradients;
    bool keep_results;      // of every layer, for its gradient
    std::int64_t capacity;  // tokens of a micro-batch: whole windows and whole chunks

    DeviceArray<float> cosines;             // [sequence, head_dim / 2]
    DeviceArray<float> sines;               // as cosines
    DeviceArray<std::int32_t> positions;    // [capacity]
    DeviceArray<std::int32_t> inputs;       // [capacity]
    DeviceArray<std::int32_t> targets;      // [capacity]
    std::vector<std::int32_t> inputs_read;  // [capacity]: in the program's memory, on their way
    std::vector<std::int32_t> targets_read;

    DeviceArray<float> memory;
    std::vector<LayerActivations> layers;  // where results are not kept, all share one layer's memory
    std::vector<float*> residual;   // [layers + 1]: [capacity, dim] before each layer and behind the last
    float* final_normed = nullptr;  // [capacity, dim]
    float* final_inverse_rms = nullptr;  // [capacity]
    float* head_memory = nullptr;        // [head_workspace]

    float* d_residual = nullptr;  // [capacity, dim]
    float* d_normed = nullptr;    // [capacity, dim]
    float* d_wide = nullptr;      // [capacity, ffn]
    float* d_attended = nullptr;  // [capacity, heads * head_dim]
    float* d_q = nullptr;         // as d_attended
    float* d_k = nullptr;         // [capacity, kv_heads * head_dim]
    float* d_v = nullptr;         // as d_k
    float* d_head = nullptr;      // [vocab, dim], where the head is tied

    Plan(const Kernels& kernels_given, const ModelConfig& config_given, std::uint32_t sequence_given, Use use,
         std::int64_t micro_batch_tokens, Keep keep)
        : kernels(kernels_given),
          config(config_given),
          layout(make_layout(config_given)),
          sequence(sequence_given),
          gradients(use == Use::gradients),
          keep_results(gradients && keep == Keep::results) {
        DURE_ASSERT(sequence > 0 && sequence <= config.max_sequence);
        DURE_ASSERT(k_token_chunk % sequence == 0 || sequence % k_token_chunk == 0);
        const std::int64_t unit = std::max(sequence, k_token_chunk);
        capacity = (std::max<std::int64_t>(micro_batch_tokens, 1) + unit - 1) / unit * unit;
        Device& device = kernels.device();
        const RotaryTable rotary = make_rotary_table(config, sequence);
        cosines = DeviceArray<float>(device, std::span<const float>(rotary.cosines));
        sines = DeviceArray<float>(device, std::span<const float>(rotary.sines));
        inputs_read.resize(static_cast<std::size_t>(capacity));
        targets_read.resize(static_cast<std::size_t>(capacity));
        for (std::int64_t t = 0; t < capacity; ++t) {
            inputs_read[static_cast<std::size_t>(t)] = static_cast<std::int32_t>(t % sequence);
        }
        positions = DeviceArray<std::int32_t>(device, std::span<const std::int32_t>(inputs_read));
        inputs = DeviceArray<std::int32_t>(device, inputs_read.size());
        targets = DeviceArray<std::int32_t>(device, inputs_read.size());
        // The first pass counts, the second hands out.
        std::int64_t total = 0;
        for (const bool counting : {true, false}) {
            std::int64_t used = 0;
            place([&](std::int64_t count) -> float* {
                const std::int64_t at = used;
                used += (count + 15) / 16 * 16;
                return counting ? nullptr : memory.data() + at;
            });
            total = used;
            if (counting) memory = DeviceArray<float>(device, static_cast<std::size_t>(total));
        }
        DURE_ASSERT(static_cast<std::size_t>(total) == memory.size());
    }

    template <class Take>
    void place(const Take& take) {
        const std::int64_t query_width = std::int64_t{config.heads} * config.head_dim;
        const std::int64_t key_width = std::int64_t{config.kv_heads} * config.head_dim;
        const auto rows = [&](std::int64_t width) { return take(capacity * width); };
        layers.resize(config.layers);
        residual.resize(std::size_t{config.layers} + 1);
        residual[0] = rows(config.dim);
        for (std::size_t i = 0; i < layers.size(); ++i) {
            residual[i + 1] = gradients ? rows(config.dim) : residual[0];
            if (!keep_results && i > 0) {
                layers[i] = layers[0];
                continue;
            }
            LayerActivations& a = layers[i];
            a.normed = rows(config.dim);
            a.inverse_rms = rows(1);
            a.q = rows(query_width);
            a.k = rows(key_width);
            a.v = rows(key_width);
            a.attended = rows(query_width);
            a.row_max = rows(config.heads);
            a.row_scale = rows(config.heads);
            a.middle = gradients ? rows(config.dim) : residual[0];
            a.ffn_normed = rows(config.dim);
            a.ffn_inverse_rms = rows(1);
            a.gate = rows(config.ffn);
            a.up = rows(config.ffn);
            a.activated = rows(config.ffn);
        }
        final_normed = rows(config.dim);
        final_inverse_rms = rows(1);
        head_memory = take(head_workspace(config, capacity));
        if (!gradients) return;
        d_residual = rows(config.dim);
        d_normed = rows(config.dim);
        d_wide = rows(config.ffn);
        d_attended = rows(query_width);
        d_q = rows(query_width);
        d_k = rows(key_width);
        d_v = rows(key_width);
        if (config.tied) d_head = take(std::int64_t{config.vocab} * config.dim);
    }

    std::size_t predicted_tokens(std::span<const std::int32_t> windows) const {
        const auto stride = static_cast<std::size_t>(sequence) + 1;
        std::size_t count = 0;
        for (std::size_t i = 0; i < windows.size(); ++i)
            count += i % stride != 0 && windows[i] >= 0 ? 1U : 0U;
        return count;
    }

    AttentionShape attention_shape(std::int64_t tokens) const {
        return {tokens / sequence, sequence, config.heads, config.kv_heads, config.head_dim};
    }

    // Splits windows [W, T + 1] to inputs and targets [W * T].
    void load(std::span<const std::int32_t> windows) {
        const auto length = static_cast<std::size_t>(sequence);
        const std::size_t count = windows.size() / (length + 1);
        for (std::size_t w = 0; w < count; ++w) {
            const std::int32_t* window = windows.data() + w * (length + 1);
            for (std::size_t i = 0; i < length; ++i) {
                inputs_read[w * length + i] = read_token(window[i]);
                targets_read[w * length + i] = std::max(window[i + 1], k_no_target);
            }
        }
        inputs.upload(std::span<const std::int32_t>(inputs_read).first(count * length));
        targets.upload(std::span<const std::int32_t>(targets_read).first(count * length));
    }

    void forward(const float* parameters, std::int64_t tokens) {
        kernels.embedding(residual[0], parameters + layout.embedding, inputs.data(), tokens, config.dim);
        for (std::size_t i = 0; i < layers.size(); ++i)
            layer_forward(i, parameters, residual[i + 1], tokens);
        kernels.rms_norm(final_normed, final_inverse_rms, residual.back(), parameters + layout.final_norm,
                         config.norm_epsilon.value(), tokens, config.dim);
    }

    // From residual[i]; `out` may be nullptr.
    void layer_forward(std::size_t i, const float* parameters, float* out, std::int64_t tokens) {
        const LayerActivations& a = layers[i];
        layer_before_attention(kernels, config, layout.layers[i], parameters, a, residual[i],
                               {cosines.data(), sines.data(), positions.data()}, tokens);
        kernels.attention(a.attended, a.row_max, a.row_scale, a.q, a.k, a.v, attention_shape(tokens));
        layer_behind_attention(kernels, config, layout.layers[i], parameters, a, residual[i], out, tokens);
    }

    // From d_normed. Adds to `gradient`.
    void backward(const float* parameters, float* gradient, std::int64_t tokens) {
        const std::int64_t dim = config.dim;
        kernels.device().zero(d_residual, static_cast<std::size_t>(tokens * dim) * sizeof(float));
        kernels.rms_norm_gradient(d_residual, gradient + layout.final_norm, d_normed, residual.back(),
                                  parameters + layout.final_norm, final_inverse_rms, tokens, dim);
        for (std::size_t i = layers.size(); i-- > 0;) {
            if (!keep_results) layer_forward(i, parameters, nullptr, tokens);
            feed_forward_backward(layout.layers[i], layers[i], parameters, gradient, tokens);
            attention_backward(layout.layers[i], layers[i], residual[i], parameters, gradient, tokens);
        }
        kernels.embedding_gradient(gradient + layout.embedding, d_residual, inputs.data(), tokens, dim);
    }

    void feed_forward_backward(const LayerOffsets& offsets, const LayerActivations& a,
                               const float* parameters, float* gradient, std::int64_t tokens) {
        const std::int64_t dim = config.dim;
        const std::int64_t ffn = config.ffn;
        kernels.matmul_weight_gradient(gradient + offsets.down, d_residual, a.activated, tokens, dim, ffn);
        kernels.matmul_input_gradient(d_wide, d_residual, parameters + offsets.down, tokens, dim, ffn);
        // The gradients of gate and up take their places.
        kernels.swiglu_gradient(a.gate, a.up, d_wide, a.gate, a.up, tokens * ffn);
        kernels.matmul_weight_gradient(gradient + offsets.gate, a.gate, a.ffn_normed, tokens, ffn, dim);
        kernels.matmul_weight_gradient(gradient + offsets.up, a.up, a.ffn_normed, tokens, ffn, dim);
        kernels.matmul_input_gradient(d_normed, a.gate, parameters + offsets.gate, tokens, ffn, dim);
        kernels.matmul_input_gradient(d_normed, a.up, parameters + offsets.up, tokens, ffn, dim, Store::add);
        kernels.rms_norm_gradient(d_residual, gradient + offsets.ffn_norm, d_normed, a.middle,
                                  parameters + offsets.ffn_norm, a.ffn_inverse_rms, tokens, dim);
    }

    void attention_backward(const LayerOffsets& offsets, const LayerActivations& a, const float* in,
                            const float* parameters, float* gradient, std::int64_t tokens) {
        const std::int64_t dim = config.dim;
        const std::int64_t query_width = std::int64_t{config.heads} * config.head_dim;
        const std::int64_t key_width = std::int64_t{config.kv_heads} * config.head_dim;
        kernels.matmul_weight_gradient(gradient + offsets.o, d_residual, a.attended, tokens, dim,
                                       query_width);
        kernels.matmul_input_gradient(d_attended, d_residual, parameters + offsets.o, tokens, dim,
                                      query_width);
        kernels.attention_gradient(d_q, d_k, d_v, d_attended, a.attended, a.q, a.k, a.v, a.row_max,
                                   a.row_scale, attention_shape(tokens));
        kernels.rotate_back(d_q, cosines.data(), sines.data(), positions.data(), tokens, config.heads,
                            config.head_dim);
        kernels.rotate_back(d_k, cosines.data(), sines.data(), positions.data(), tokens, config.kv_heads,
                            config.head_dim);
        kernels.matmul_weight_gradient(gradient + offsets.q, d_q, a.normed, tokens, query_width, dim);
        kernels.matmul_weight_gradient(gradient + offsets.k, d_k, a.normed, tokens, key_width, dim);
        kernels.matmul_weight_gradient(gradient + offsets.v, d_v, a.normed, tokens, key_width, dim);
        kernels.matmul_input_gradient(d_normed, d_q, parameters + offsets.q, tokens, query_width, dim);
        kernels.matmul_input_gradient(d_normed, d_k, parameters + offsets.k, tokens, key_width, dim,
                                      Store::add);
        kernels.matmul_input_gradient(d_normed, d_v, parameters + offsets.v, tokens, key_width, dim,
                                      Store::add);
        kernels.rms_norm_gradient(d_residual, gradient + offsets.attention_norm, d_normed, in,
                                  parameters + offsets.attention_norm, a.inverse_rms, tokens, dim);
    }

    // Runs micro-batches over the windows; gradient may be nullptr.
    void run(std::span<float> losses, float* gradient, std::span<const float> parameters,
             std::span<const std::int32_t> windows) {
        const auto length = static_cast<std::size_t>(sequence);
        const std::size_t count = windows.size() / (length + 1);
        DURE_ASSERT(count > 0 && count * (length + 1) == windows.size());
        DURE_ASSERT(losses.size() == count * length);
        DURE_ASSERT(parameters.size() == static_cast<std::size_t>(layout.count));
        const std::size_t predicted = predicted_tokens(windows);
        DURE_ASSERT(predicted > 0);
        const float scale = 1.0F / static_cast<float>(predicted);
        const std::size_t stride = static_cast<std::size_t>(capacity) / length;
        for (std::size_t first = 0; first < count; first += stride) {
            const std::size_t part = std::min(stride, count - first);
            const auto tokens = static_cast<std::int64_t>(part * length);
            load(windows.subspan(first * (length + 1), part * (length + 1)));
            forward(parameters.data(), tokens);
            HeadPass head;
            head.losses = losses.data() + first * length;
            head.normed = final_normed;
            head.head = parameters.data() + layout.head;
            head.targets = targets.data();
            head.scale = scale;
            if (gradient != nullptr) {
                head.d_normed = d_normed;
                head.d_head = config.tied ? d_head : gradient + layout.head;
            }
            head_cross_entropy(kernels, config, head, head_memory, tokens);
            if (gradient != nullptr) backward(parameters.data(), gradient, tokens);
        }
    }
};

Transformer::Transformer(const Kernels& kernels, const ModelConfig& config, std::uint32_t sequence, Use use,
                         std::int64_t micro_batch_tokens, Keep keep)
    : plan_(std::make_unique<Plan>(kernels, config, sequence, use, micro_batch_tokens, keep)) {}
Transformer::~Transformer() = default;
Transformer::Transformer(Transformer&&) noexcept = default;

const ParameterLayout& Transformer::layout() const {
    return plan_->layout;
}

std::uint64_t Transformer::planned_bytes() const {
    const Plan& plan = *plan_;
    return (plan.memory.size() + plan.cosines.size() + plan.sines.size()) * sizeof(float) +
           (plan.positions.size() + plan.inputs.size() + plan.targets.size()) * sizeof(std::int32_t);
}

void Transformer::losses(std::span<float> losses, std::span<const float> parameters,
                         std::span<const std::int32_t> windows) {
    plan_->run(losses, nullptr, parameters, windows);
}

void Transformer::gradient(std::span<float> gradient, std::span<float> losses,
                           std::span<const float> parameters, std::span<const std::int32_t> windows) {
    Plan& plan = *plan_;
    DURE_ASSERT(plan.gradients && gradient.size() == static_cast<std::size_t>(plan.layout.count));
    Device& device = plan.kernels.device();
    device.zero(gradient.data(), gradient.size_bytes());
    const std::int64_t head_size = std::int64_t{plan.config.vocab} * plan.config.dim;
    if (plan.config.tied) device.zero(plan.d_head, static_cast<std::size_t>(head_size) * sizeof(float));
    plan.run(losses, gradient.data(), parameters, windows);
    if (plan.config.tied) {
        float* embedding = gradient.data() + plan.layout.embedding;
        plan.kernels.add(embedding, embedding, plan.d_head, head_size);
    }
}

std::uint64_t mean_micro_nats(std::span<const float> losses) {
    constexpr double k_one = 16777216.0;  // 2^24
    constexpr std::uint64_t k_micro = 1000000;
    DURE_ASSERT(!losses.empty());
    // Keeps the sum of up to 2^28 losses in range.
    constexpr double k_most = 1024.0;
    std::int64_t sum = 0;
    for (const float loss : losses) {
        const double value = std::min(std::max(static_cast<double>(loss), -k_most), k_most);
        sum += static_cast<std::int64_t>(value * k_one);
    }
    if (sum <= 0) return 0;
    const auto total = static_cast<std::uint64_t>(sum);
    const std::uint64_t count = losses.size();
    const std::uint64_t millionths = total / count * k_micro + total % count * k_micro / count;
    return (millionths + (std::uint64_t{1} << 23U)) >> 24U;
}

}  // namespace dure::trainer
