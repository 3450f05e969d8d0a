// RMSNorm on lanes. Included after lanes/avx2.h or lanes/avx512.h; everything has internal linkage.
#pragma once

#include "trainer/kernels/lanes/ranges.h"
#include "trainer/kernels/reduction/vector.h"

namespace dure::trainer {
namespace {

inline void run_rms_norm(Executor& executor, float* out, float* inverse_rms, const float* x,
                         const float* gain, float epsilon, int64_t T, int64_t C) {
    each_row_range(executor, T, C, [=](int64_t begin, int64_t end) {
        for (int64_t t = begin; t < end; ++t) {
            const float* const row = x + t * C;
            float* const to = out + t * C;
            const float squares = reduce_row(C, [=](Vec partial, int64_t c, int64_t n) {
                const Vec v = load_some(row + c, n);
                return fma(v, v, partial);
            });
            const float inverse = 1.0f / scalar_root(squares / static_cast<float>(C) + epsilon);
            each_vector(C, [=](int64_t c, int64_t n) {
                store_some(to + c,
                           mul(mul(load_some(row + c, n), broadcast(inverse)), load_some(gain + c, n)), n);
            });
            if (inverse_rms != nullptr) inverse_rms[t] = inverse;
        }
    });
}

inline void run_rms_norm_gradient(Executor& executor, float* dx, float* dgain, const float* dy,
                                  const float* x, const float* gain, const float* inverse_rms, int64_t T,
                                  int64_t C) {
    each_row_range(executor, T, C, [=](int64_t begin, int64_t end) {
        for (int64_t t = begin; t < end; ++t) {
            const float* const dy_row = dy + t * C;
            const float* const x_row = x + t * C;
            float* const dx_row = dx + t * C;
            const Vec inverse = broadcast(inverse_rms[t]);
            const float sum = reduce_row(C, [=](Vec partial, int64_t c, int64_t n) {
                const Vec h = mul(load_some(dy_row + c, n), load_some(gain + c, n));
                return fma(h, mul(load_some(x_row + c, n), inverse), partial);
            });
            const Vec mean = broadcast(sum / static_cast<float>(C));
            each_vector(C, [=](int64_t c, int64_t n) {
                const Vec h = mul(load_some(dy_row + c, n), load_some(gain + c, n));
                const Vec u = mul(load_some(x_row + c, n), inverse);
                const Vec value = mul(fnma(mean, u, h), inverse);
                store_some(dx_row + c, add(load_some(dx_row + c, n), value), n);
            });
        }
    });
    // The gain's gradient: lanes and threads divide the features; each walks through all tokens.
    const int64_t groups = ceil_div(C, 4 * k_width);
    const auto columns = [=](int64_t begin, int64_t end) {
        for (int64_t group = begin; group < end; ++group) {
            const int64_t c = group * 4 * k_width;
            int64_t counts[4];
            for (int64_t i = 0; i < 4; ++i)
                counts[i] = max_of(min_of(C - c - i * k_width, k_width), 0);
            for (int64_t chunk = 0; chunk < T; chunk += k_token_chunk) {
                const int64_t chunk_end = min_of(chunk + k_token_chunk, T);
                Vec sums[4] = {zero(), zero(), zero(), zero()};
                for (int64_t t = chunk; t < chunk_end; ++t) {
                    const Vec inverse = broadcast(inverse_rms[t]);
                    for (int64_t i = 0; i < 4; ++i) {
                        if (counts[i] == 0) break;
                        const int64_t at = t * C + c + i * k_width;
                        sums[i] = fma(load_some(dy + at, counts[i]),
                                      mul(load_some(x + at, counts[i]), inverse), sums[i]);
                    }
                }
                for (int64_t i = 0; i < 4; ++i) {
                    if (counts[i] == 0) break;
                    float* const to = dgain + c + i * k_width;
                    store_some(to, add(load_some(to, counts[i]), add(sums[i], zero())), counts[i]);
                }
            }
        }
    };
    if (T * C <= k_grain) {
        columns(0, groups);
    } else {
        executor.parallel_for(groups, columns);
    }
}

}  // namespace
}  // namespace dure::trainer
