#include "trainer/model/layer.h"

#include "trainer/kernels/device.h"

namespace dure::trainer {

void layer_before_attention(const Kernels& kernels, const ModelConfig& config, const LayerOffsets& offsets,
                            const float* parameters, const LayerActivations& activations, const float* in,
                            const Positions& positions, std::int64_t tokens) {
    const std::int64_t dim = config.dim;
    const std::int64_t query_width = std::int64_t{config.heads} * config.head_dim;
    const std::int64_t key_width = std::int64_t{config.kv_heads} * config.head_dim;
    const auto& a = activations;
    kernels.rms_norm(a.normed, a.inverse_rms, in, parameters + offsets.attention_norm,
                     config.norm_epsilon.value(), tokens, dim);
    kernels.matmul(a.q, a.normed, parameters + offsets.q, tokens, query_width, dim);
    kernels.matmul(a.k, a.normed, parameters + offsets.k, tokens, key_width, dim);
    kernels.matmul(a.v, a.normed, parameters + offsets.v, tokens, key_width, dim);
    const auto& [cosines, sines, of_token] = positions;
    kernels.rotate(a.q, cosines, sines, of_token, tokens, config.heads, config.head_dim);
    kernels.rotate(a.k, cosines, sines, of_token, tokens, config.kv_heads, config.head_dim);
}

void layer_behind_attention(const Kernels& kernels, const ModelConfig& config, const LayerOffsets& offsets,
                            const float* parameters, const LayerActivations& activations, const float* in,
                            float* out, std::int64_t tokens) {
    const std::int64_t dim = config.dim;
    const std::int64_t query_width = std::int64_t{config.heads} * config.head_dim;
    const std::int64_t ffn = config.ffn;
    const auto& a = activations;
    const std::size_t stream_bytes = static_cast<std::size_t>(tokens * dim) * sizeof(float);
    if (a.middle != in) kernels.device().copy(a.middle, in, stream_bytes);
    kernels.matmul(a.middle, a.attended, parameters + offsets.o, tokens, dim, query_width, Store::add);
    kernels.rms_norm(a.ffn_normed, a.ffn_inverse_rms, a.middle, parameters + offsets.ffn_norm,
                     config.norm_epsilon.value(), tokens, dim);
    kernels.matmul(a.gate, a.ffn_normed, parameters + offsets.gate, tokens, ffn, dim);
    kernels.matmul(a.up, a.ffn_normed, parameters + offsets.up, tokens, ffn, dim);
    kernels.swiglu(a.activated, a.gate, a.up, tokens * ffn);
    if (out == nullptr) return;
    if (out != a.middle) kernels.device().copy(out, a.middle, stream_bytes);
    kernels.matmul(out, a.activated, parameters + offsets.down, tokens, dim, ffn, Store::add);
}

}  // namespace dure::trainer
