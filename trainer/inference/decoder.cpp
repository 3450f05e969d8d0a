#include "trainer/inference/decoder.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/assert.h"
#include "trainer/kernels/device.h"
#include "trainer/model/layer.h"
#include "trainer/model/layout.h"
#include "trainer/model/rotary.h"

namespace dure::trainer {
namespace {

struct Widths {
    std::int64_t dim;
    std::int64_t query;
    std::int64_t key;
    std::int64_t ffn;
    std::int64_t vocab;
    std::int64_t layers;

    explicit Widths(const ModelConfig& config)
        : dim(config.dim),
          query(std::int64_t{config.heads} * config.head_dim),
          key(std::int64_t{config.kv_heads} * config.head_dim),
          ffn(config.ffn),
          vocab(config.vocab),
          layers(config.layers) {}
};

// All of a decoder's floats in the device's memory. A walk with a null base only counts them.
struct Arrays {
    float* keys;    // [layers, cache_positions, kv_heads, head_dim], rotated
    float* values;  // as keys
    // Of the batch's tokens, for all layers in turn:
    float* residual;     // [batch_tokens, dim]
    float* normed;       // [batch_tokens, dim]
    float* inverse_rms;  // [batch_tokens]
    float* q;            // [batch_tokens, heads, head_dim]
    float* k;            // [batch_tokens, kv_heads, head_dim]
    float* v;            // as k
    float* attended;     // as q
    float* gate;         // [batch_tokens, ffn]
    float* up;           // as gate
    float* activated;    // as gate
    // Of the sequences that want logits:
    float* last;         // [batch_logits, dim]
    float* last_normed;  // as last
    float* logits;       // [batch_logits, vocab]
    std::int64_t count = 0;

    Arrays(float* base, const Widths& widths, const DecoderShape& shape) {
        const auto place = [&](float*& array, std::int64_t size) {
            array = base == nullptr ? nullptr : base + count;
            count += (size + 15) / 16 * 16;  // whole cache lines
        };
        place(keys, widths.layers * shape.cache_positions * widths.key);
        place(values, widths.layers * shape.cache_positions * widths.key);
        place(residual, shape.batch_tokens * widths.dim);
        place(normed, shape.batch_tokens * widths.dim);
        place(inverse_rms, shape.batch_tokens);
        place(q, shape.batch_tokens * widths.query);
        place(k, shape.batch_tokens * widths.key);
        place(v, shape.batch_tokens * widths.key);
        place(attended, shape.batch_tokens * widths.query);
        place(gate, shape.batch_tokens * widths.ffn);
        place(up, shape.batch_tokens * widths.ffn);
        place(activated, shape.batch_tokens * widths.ffn);
        place(last, shape.batch_logits * widths.dim);
        place(last_normed, shape.batch_logits * widths.dim);
        place(logits, shape.batch_logits * widths.vocab);
    }
};

}  // namespace

struct Decoder::Plan {
    const Kernels& kernels;
    const ModelConfig config;
    const Widths widths;
    const DecoderShape shape;
    const ParameterLayout layout;
    const DeviceCopy parameters_copy;
    const float* const parameters;
    const DeviceArray<float> cosines;  // [max_sequence, head_dim / 2]
    const DeviceArray<float> sines;    // as cosines
    DeviceArray<float> memory;
    const Arrays arrays;
    DeviceArray<std::int32_t> ids;        // [batch_tokens]
    DeviceArray<std::int32_t> positions;  // [batch_tokens]
    DeviceArray<std::int32_t> last_rows;  // [batch_logits]
    // In the program's memory:
    std::vector<std::int32_t> ids_read, positions_read, last_rows_read;  // of the present batch
    std::vector<CachedQueries> queries;                                  // at one layer
    std::vector<float> logits_read;  // as logits, where the device is not the host
    std::vector<float> scratch;      // [batch_logits, vocab]

    Plan(const Kernels& kernels_given, const ModelConfig& config_given,
         std::span<const float> parameters_given, const DecoderShape& shape_given, const RotaryTable& rotary)
        : kernels(kernels_given),
          config(config_given),
          widths(config),
          shape(shape_given),
          layout(make_layout(config)),
          parameters_copy(kernels.device(), parameters_given),
          parameters(parameters_copy.data()),
          cosines(kernels.device(), std::span<const float>(rotary.cosines)),
          sines(kernels.device(), std::span<const float>(rotary.sines)),
          memory(kernels.device(), static_cast<std::size_t>(Arrays(nullptr, widths, shape).count)),
          arrays(memory.data(), widths, shape),
          ids(kernels.device(), static_cast<std::size_t>(shape.batch_tokens)),
          positions(kernels.device(), static_cast<std::size_t>(shape.batch_tokens)),
          last_rows(kernels.device(), static_cast<std::size_t>(shape.batch_logits)),
          scratch(static_cast<std::size_t>(shape.batch_logits * widths.vocab)) {
        if (!kernels.device().is_host()) logits_read.resize(scratch.size());
    }

    void read(std::span<const DecoderPart> parts) {
        ids_read.clear();
        positions_read.clear();
        last_rows_read.clear();
        for (const DecoderPart& part : parts) {
            const auto count = static_cast<std::int64_t>(part.tokens.size());
            DURE_ASSERT(count > 0 && part.place >= 0 && part.length >= 0 &&
                        part.place + part.length + count <= shape.cache_positions &&
                        part.length + count <= config.max_sequence);
            ids_read.insert(ids_read.end(), part.tokens.begin(), part.tokens.end());
            for (std::int64_t i = 0; i < count; ++i)
                positions_read.push_back(static_cast<std::int32_t>(part.length + i));
            if (part.wants_logits) last_rows_read.push_back(static_cast<std::int32_t>(ids_read.size()) - 1);
        }
        DURE_ASSERT(static_cast<std::int64_t>(ids_read.size()) <= shape.batch_tokens &&
                    static_cast<std::int64_t>(last_rows_read.size()) <= shape.batch_logits);
        ids.upload(ids_read);
        positions.upload(positions_read);
        last_rows.upload(last_rows_read);
    }

    LayerActivations activations() const {
        LayerActivations a;
        a.normed = arrays.normed;
        a.inverse_rms = arrays.inverse_rms;
        a.q = arrays.q;
        a.k = arrays.k;
        a.v = arrays.v;
        a.attended = arrays.attended;
        a.middle = arrays.residual;
        a.ffn_normed = arrays.normed;
        a.ffn_inverse_rms = arrays.inverse_rms;
        a.gate = arrays.gate;
        a.up = arrays.up;
        a.activated = arrays.activated;
        return a;
    }

    // The batch's new keys and values go behind their sequences' earlier ones.
    void keep(std::span<const DecoderPart> parts, std::int64_t layer) {
        const std::int64_t first = layer * shape.cache_positions;
        std::int64_t row = 0;
        for (const DecoderPart& part : parts) {
            const auto count = static_cast<std::int64_t>(part.tokens.size());
            const std::int64_t to = (first + part.place + part.length) * widths.key;
            const std::size_t bytes = static_cast<std::size_t>(count * widths.key) * sizeof(float);
            kernels.device().copy(arrays.keys + to, arrays.k + row * widths.key, bytes);
            kernels.device().copy(arrays.values + to, arrays.v + row * widths.key, bytes);
            row += count;
        }
    }

    void attend(std::span<const DecoderPart> parts, std::int64_t layer) {
        const std::int64_t first = layer * shape.cache_positions;
        queries.clear();
        std::int64_t row = 0;
        for (const DecoderPart& part : parts) {
            const auto count = static_cast<std::int64_t>(part.tokens.size());
            const std::int64_t from = (first + part.place) * widths.key;
            queries.push_back({arrays.attended + row * widths.query, arrays.q + row * widths.query,
                               arrays.keys + from, arrays.values + from, part.length, count});
            row += count;
        }
        kernels.attention_cached(queries.data(), static_cast<std::int64_t>(queries.size()), config.heads,
                                 config.kv_heads, config.head_dim);
    }

    std::span<float> forward(std::span<const DecoderPart> parts) {
        read(parts);
        const auto tokens = static_cast<std::int64_t>(ids_read.size());
        const LayerActivations a = activations();
        kernels.embedding(arrays.residual, parameters + layout.embedding, ids.data(), tokens, widths.dim);
        for (std::int64_t layer = 0; layer < widths.layers; ++layer) {
            const LayerOffsets& offsets = layout.layers[static_cast<std::size_t>(layer)];
            layer_before_attention(kernels, config, offsets, parameters, a, arrays.residual,
                                   {cosines.data(), sines.data(), positions.data()}, tokens);
            keep(parts, layer);
            attend(parts, layer);
            layer_behind_attention(kernels, config, offsets, parameters, a, arrays.residual, arrays.residual,
                                   tokens);
        }
        const auto rows = static_cast<std::int64_t>(last_rows_read.size());
        // Gathering rows is what an embedding does.
        kernels.embedding(arrays.last, arrays.residual, last_rows.data(), rows, widths.dim);
        kernels.rms_norm(arrays.last_normed, nullptr, arrays.last, parameters + layout.final_norm,
                         config.norm_epsilon.value(), rows, widths.dim);
        kernels.matmul(arrays.logits, arrays.last_normed, parameters + layout.head, rows, widths.vocab,
                       widths.dim);
        const auto size = static_cast<std::size_t>(rows * widths.vocab);
        if (kernels.device().is_host()) return {arrays.logits, size};
        kernels.device().download(logits_read.data(), arrays.logits, size * sizeof(float));
        return {logits_read.data(), size};
    }
};

Decoder::Decoder(std::unique_ptr<Plan> plan) : plan_(std::move(plan)) {}
Decoder::Decoder(Decoder&&) noexcept = default;
Decoder& Decoder::operator=(Decoder&&) noexcept = default;
Decoder::~Decoder() = default;

Result<Decoder> Decoder::create(const Kernels& kernels, const ModelConfig& config,
                                std::span<const float> parameters, const DecoderShape& shape) {
    DURE_CHECK(config.validate());
    if (parameters.size() != config.parameter_count()) {
        return Error{ErrorCode::invalid, "the model has " + std::to_string(parameters.size()) +
                                             " parameters, but its config says " +
                                             std::to_string(config.parameter_count())};
    }
    DURE_ASSERT(shape.cache_positions > 0 && shape.batch_tokens > 0 && shape.batch_logits > 0);
    const RotaryTable rotary = make_rotary_table(config, config.max_sequence);
    return Decoder(std::make_unique<Plan>(kernels, config, parameters, shape, rotary));
}

std::uint64_t Decoder::memory_bytes(const ModelConfig& config, const DecoderShape& shape) {
    const std::int64_t scratch = shape.batch_logits * std::int64_t{config.vocab};
    return static_cast<std::uint64_t>(Arrays(nullptr, Widths(config), shape).count + scratch) * sizeof(float);
}

std::span<float> Decoder::forward(std::span<const DecoderPart> parts) {
    return plan_->forward(parts);
}
float* Decoder::scratch() {
    return plan_->scratch.data();
}
const Kernels& Decoder::host_kernels() const {
    return plan_->kernels.host();
}
const ModelConfig& Decoder::config() const {
    return plan_->config;
}

}  // namespace dure::trainer
