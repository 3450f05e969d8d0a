#include <algorithm>
#include <cmath>
#include <vector>

#include "trainer/kernels/elementary/reference.h"
#include "trainer/kernels/reduction/reference.h"
#include "trainer/kernels/reference_kernels.h"

namespace dure::trainer::reference {
namespace {

float dot_chain(const float* a, const float* b, int64_t count) {
    float s = 0.0f;
    for (int64_t d = 0; d < count; ++d)
        s = std::fma(a[d], b[d], s);
    return s + 0.0f;
}

float score_scale(int64_t head_dim) {
    return 1.0f / std::sqrt(static_cast<float>(head_dim));
}

// One query row over the first `keys` keys, which lie `stride` floats apart. row_max and row_scale may be
// nullptr.
void attend(float* out, float* row_max, float* row_scale, const float* q, const float* k, const float* v,
            int64_t stride, int64_t keys, int64_t head_dim) {
    const float factor = score_scale(head_dim);
    std::vector<float> p(static_cast<size_t>(keys));
    float max = -coefficients::k_infinity;
    for (int64_t j = 0; j < keys; ++j) {
        const float score = dot_chain(q, k + j * stride, head_dim) * factor;
        p[static_cast<size_t>(j)] = score;
        max = score > max ? score : max;
    }
    for (float& value : p)
        value = reference::exp(value - max);
    const float denominator =
        reduce(keys, [&](float partial, int64_t j) { return partial + p[static_cast<size_t>(j)]; });
    const float inverse = 1.0f / denominator;
    for (int64_t d = 0; d < head_dim; ++d) {
        float s = 0.0f;
        for (int64_t j = 0; j < keys; ++j)
            s = std::fma(p[static_cast<size_t>(j)], v[j * stride + d], s);
        out[d] = (s + 0.0f) * inverse;
    }
    if (row_max != nullptr) *row_max = max;
    if (row_scale != nullptr) *row_scale = inverse;
}

}  // namespace

void ReferenceKernels::attention(float* out, float* row_max, float* row_scale, const float* q, const float* k,
                                 const float* v, const AttentionShape& shape) const {
    const int64_t group = shape.heads / shape.kv_heads;
    const int64_t stride = shape.kv_heads * shape.head_dim;
    for (int64_t t = 0; t < shape.sequences * shape.positions; ++t) {
        const int64_t position = t % shape.positions;
        for (int64_t h = 0; h < shape.heads; ++h) {
            const int64_t row = t * shape.heads + h;
            const int64_t first = (t - position) * stride + h / group * shape.head_dim;
            attend(out + row * shape.head_dim, row_max + row, row_scale + row, q + row * shape.head_dim,
                   k + first, v + first, stride, position + 1, shape.head_dim);
        }
    }
}

void ReferenceKernels::attention_cached(const CachedQueries* items, int64_t count, int64_t heads,
                                        int64_t kv_heads, int64_t head_dim) const {
    const int64_t group = heads / kv_heads;
    for (int64_t n = 0; n < count; ++n) {
        const CachedQueries& item = items[n];
        for (int64_t i = 0; i < item.queries; ++i) {
            for (int64_t h = 0; h < heads; ++h) {
                const int64_t row = (i * heads + h) * head_dim;
                attend(item.out + row, nullptr, nullptr, item.q + row, item.k + h / group * head_dim,
                       item.v + h / group * head_dim, kv_heads * head_dim, item.first_position + i + 1,
                       head_dim);
            }
        }
    }
}

void ReferenceKernels::attention_gradient(float* dq, float* dk, float* dv, const float* dout,
                                          const float* out, const float* q, const float* k, const float* v,
                                          const float* row_max, const float* row_scale,
                                          const AttentionShape& shape) const {
    const int64_t S = shape.positions;
    const int64_t D = shape.head_dim;
    const int64_t group = shape.heads / shape.kv_heads;
    const int64_t q_stride = shape.heads * D;
    const int64_t kv_stride = shape.kv_heads * D;
    const float factor = score_scale(D);
    std::fill(dk, dk + shape.sequences * S * kv_stride, 0.0f);
    std::fill(dv, dv + shape.sequences * S * kv_stride, 0.0f);
    std::vector<float> p(static_cast<size_t>(S * S));   // softmax, [query, key]
    std::vector<float> ds(static_cast<size_t>(S * S));  // gradient of the unscaled scores
    const auto at = [S](int64_t i, int64_t j) { return static_cast<size_t>(i * S + j); };

    for (int64_t n = 0; n < shape.sequences; ++n) {
        for (int64_t h = 0; h < shape.heads; ++h) {
            const int64_t q_first = n * S * q_stride + h * D;
            const int64_t kv_first = n * S * kv_stride + h / group * D;
            for (int64_t i = 0; i < S; ++i) {
                const float* const q_row = q + q_first + i * q_stride;
                const float* const dout_row = dout + q_first + i * q_stride;
                const float* const out_row = out + q_first + i * q_stride;
                const int64_t stat = (n * S + i) * shape.heads + h;
                const float delta = reduce(
                    D, [&](float partial, int64_t d) { return std::fma(dout_row[d], out_row[d], partial); });
                for (int64_t j = 0; j <= i; ++j) {
                    const float score = dot_chain(q_row, k + kv_first + j * kv_stride, D) * factor;
                    const float dp = dot_chain(dout_row, v + kv_first + j * kv_stride, D);
                    p[at(i, j)] = reference::exp(score - row_max[stat]) * row_scale[stat];
                    ds[at(i, j)] = (p[at(i, j)] * (dp - delta)) * factor;
                }
                for (int64_t d = 0; d < D; ++d) {
                    float s = 0.0f;
                    for (int64_t j = 0; j <= i; ++j)
                        s = std::fma(ds[at(i, j)], k[kv_first + j * kv_stride + d], s);
                    dq[q_first + i * q_stride + d] = s + 0.0f;
                }
            }
            for (int64_t begin = 0; begin < S; begin += k_token_chunk) {
                const int64_t end = std::min(begin + k_token_chunk, S);
                for (int64_t j = 0; j < end; ++j) {
                    for (int64_t d = 0; d < D; ++d) {
                        float dk_chunk = 0.0f;
                        float dv_chunk = 0.0f;
                        for (int64_t i = std::max(begin, j); i < end; ++i) {
                            dk_chunk = std::fma(ds[at(i, j)], q[q_first + i * q_stride + d], dk_chunk);
                            dv_chunk = std::fma(p[at(i, j)], dout[q_first + i * q_stride + d], dv_chunk);
                        }
                        float& dk_sum = dk[kv_first + j * kv_stride + d];
                        float& dv_sum = dv[kv_first + j * kv_stride + d];
                        dk_sum = dk_sum + (dk_chunk + 0.0f);
                        dv_sum = dv_sum + (dv_chunk + 0.0f);
                    }
                }
            }
        }
    }
}

}  // namespace dure::trainer::reference
