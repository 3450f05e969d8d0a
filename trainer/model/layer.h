// The forward pass of one transformer layer but for its attention, in which training (whole windows) and
// decoding (a cache) differ. The steps are rowwise, so that both give the same bits.
#pragma once

#include <cstdint>
#include <vector>

#include "trainer/kernels/kernels.h"
#include "trainer/model/config.h"
#include "trainer/model/layout.h"

namespace dure::trainer {

/// One layer's results for N tokens; the gradient needs all of them. Pointers into memory that the caller
/// planned, as all others here in that of the kernels' device.
struct LayerActivations {
    float* normed = nullptr;           ///< [N, dim]
    float* inverse_rms = nullptr;      ///< [N]
    float* q = nullptr;                ///< [N, heads, head_dim], rotated
    float* k = nullptr;                ///< [N, kv_heads, head_dim], rotated
    float* v = nullptr;                ///< as k
    float* attended = nullptr;         ///< as q
    float* row_max = nullptr;          ///< [N, heads]; not used in decoding
    float* row_scale = nullptr;        ///< [N, heads]; not used in decoding
    float* middle = nullptr;           ///< [N, dim]: the residual stream behind the attention
    float* ffn_normed = nullptr;       ///< [N, dim]
    float* ffn_inverse_rms = nullptr;  ///< [N]
    float* gate = nullptr;             ///< [N, ffn]
    float* up = nullptr;               ///< [N, ffn]
    float* activated = nullptr;        ///< [N, ffn]
};

/// Where the tokens stand in their sequences.
struct Positions {
    const float* cosines = nullptr;          ///< [.., head_dim / 2]: scalar_math.h's rotary table
    const float* sines = nullptr;            ///< as cosines
    const std::int32_t* of_token = nullptr;  ///< [N]
};

/// From in [N, dim]: normed, inverse_rms, q, k and v.
void layer_before_attention(const Kernels& kernels, const ModelConfig& config, const LayerOffsets& offsets,
                            const float* parameters, const LayerActivations& activations, const float* in,
                            const Positions& positions, std::int64_t tokens);

/// From in [N, dim] and attended: the other activations, and out [N, dim] unless it is nullptr. `in`,
/// activations.middle and `out` may be the same memory.
void layer_behind_attention(const Kernels& kernels, const ModelConfig& config, const LayerOffsets& offsets,
                            const float* parameters, const LayerActivations& activations, const float* in,
                            float* out, std::int64_t tokens);

}  // namespace dure::trainer
