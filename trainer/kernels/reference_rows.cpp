#include <algorithm>
#include <cmath>

#include "trainer/kernels/reference.h"
#include "trainer/kernels/reference_math.h"

namespace dure::trainer::reference {
namespace {

// (a, b) turned by the angle (c, s); by the opposite angle where `back`.
void rotate_row(float* x, const float* cosines, const float* sines, int64_t heads, int64_t head_dim,
                bool back) {
    const int64_t half = head_dim / 2;
    for (int64_t h = 0; h < heads; ++h) {
        for (int64_t i = 0; i < half; ++i) {
            float& a = x[h * head_dim + i];
            float& b = x[h * head_dim + half + i];
            const float c = cosines[i];
            const float s = back ? -sines[i] : sines[i];
            const float turned_a = std::fma(a, c, -(b * s));
            const float turned_b = std::fma(b, c, a * s);
            a = turned_a;
            b = turned_b;
        }
    }
}

float row_max(const float* x, int64_t count) {
    float max = -coefficients::k_infinity;
    for (int64_t j = 0; j < count; ++j)
        max = x[j] > max ? x[j] : max;
    return max;
}

float exp_sum(const float* x, float max, int64_t count) {
    return reduce(count, [&](float partial, int64_t j) { return partial + reference::exp(x[j] - max); });
}

}  // namespace

void ReferenceKernels::rms_norm(float* out, float* inverse_rms, const float* x, const float* gain,
                                float epsilon, int64_t T, int64_t C) const {
    for (int64_t t = 0; t < T; ++t) {
        const float* const row = x + t * C;
        const float squares =
            reduce(C, [&](float partial, int64_t c) { return std::fma(row[c], row[c], partial); });
        const float inverse = 1.0f / std::sqrt(squares / static_cast<float>(C) + epsilon);
        for (int64_t c = 0; c < C; ++c)
            out[t * C + c] = (row[c] * inverse) * gain[c];
        if (inverse_rms != nullptr) inverse_rms[t] = inverse;
    }
}

void ReferenceKernels::rms_norm_gradient(float* dx, float* dgain, const float* dy, const float* x,
                                         const float* gain, const float* inverse_rms, int64_t T,
                                         int64_t C) const {
    for (int64_t t = 0; t < T; ++t) {
        const auto h = [&](int64_t c) { return dy[t * C + c] * gain[c]; };
        const auto u = [&](int64_t c) { return x[t * C + c] * inverse_rms[t]; };
        const float mean =
            reduce(C, [&](float partial, int64_t c) { return std::fma(h(c), u(c), partial); }) /
            static_cast<float>(C);
        for (int64_t c = 0; c < C; ++c) {
            dx[t * C + c] = dx[t * C + c] + std::fma(-mean, u(c), h(c)) * inverse_rms[t];
        }
    }
    for (int64_t begin = 0; begin < T; begin += k_token_chunk) {
        const int64_t end = std::min(begin + k_token_chunk, T);
        for (int64_t c = 0; c < C; ++c) {
            float s = 0.0f;
            for (int64_t t = begin; t < end; ++t)
                s = std::fma(dy[t * C + c], x[t * C + c] * inverse_rms[t], s);
            dgain[c] = dgain[c] + (s + 0.0f);
        }
    }
}

void ReferenceKernels::rotate(float* x, const float* cosines, const float* sines, const int32_t* positions,
                              int64_t T, int64_t heads, int64_t head_dim) const {
    for (int64_t t = 0; t < T; ++t) {
        const int64_t row = positions[t] * (head_dim / 2);
        rotate_row(x + t * heads * head_dim, cosines + row, sines + row, heads, head_dim, false);
    }
}

void ReferenceKernels::rotate_back(float* x, const float* cosines, const float* sines,
                                   const int32_t* positions, int64_t T, int64_t heads,
                                   int64_t head_dim) const {
    for (int64_t t = 0; t < T; ++t) {
        const int64_t row = positions[t] * (head_dim / 2);
        rotate_row(x + t * heads * head_dim, cosines + row, sines + row, heads, head_dim, true);
    }
}

void ReferenceKernels::embedding(float* out, const float* table, const int32_t* ids, int64_t T,
                                 int64_t C) const {
    for (int64_t t = 0; t < T; ++t)
        std::copy_n(table + ids[t] * C, C, out + t * C);
}

void ReferenceKernels::embedding_gradient(float* dtable, const float* dout, const int32_t* ids, int64_t T,
                                          int64_t C) const {
    for (int64_t t = 0; t < T; ++t) {
        float* const row = dtable + ids[t] * C;
        for (int64_t c = 0; c < C; ++c)
            row[c] = row[c] + dout[t * C + c];
    }
}

void ReferenceKernels::softmax(float* out, const float* x, int64_t T, int64_t V, int64_t active) const {
    for (int64_t t = 0; t < T; ++t) {
        const float* const row = x + t * V;
        const float max = row_max(row, active);
        const float inverse = 1.0f / exp_sum(row, max, active);
        for (int64_t j = 0; j < V; ++j)
            out[t * V + j] = j < active ? reference::exp(row[j] - max) * inverse : 0.0f;
    }
}

void ReferenceKernels::cross_entropy(float* loss, float* dlogits, const float* logits, const int32_t* targets,
                                     int64_t T, int64_t V, int64_t active, float scale) const {
    for (int64_t t = 0; t < T; ++t) {
        const float* const row = logits + t * V;
        const int64_t target = targets[t];
        if (target < 0) {
            loss[t] = 0.0f;
            if (dlogits != nullptr) std::fill_n(dlogits + t * V, V, 0.0f);
            continue;
        }
        const float max = row_max(row, active);
        const float denominator = exp_sum(row, max, active);
        loss[t] = reference::log(denominator) - (row[target] - max);
        if (dlogits == nullptr) continue;
        const float inverse = 1.0f / denominator;
        for (int64_t j = 0; j < V; ++j) {
            const float p = j < active ? reference::exp(row[j] - max) * inverse : 0.0f;
            dlogits[t * V + j] = (j == target ? p - 1.0f : p) * scale;
        }
    }
}

}  // namespace dure::trainer::reference
