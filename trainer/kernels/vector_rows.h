// Operators on rows of tokens, on lanes: RMSNorm, rotary positions, embedding, softmax, cross-entropy.
// Included after a lanes_*.h; everything has internal linkage.
#pragma once

#include "trainer/kernels/vector_math.h"

namespace dure::trainer {
namespace {

constexpr int64_t k_grain = 1 << 13;  // elements of cheap work worth handing to a thread

// body(begin, end) over rows, in ranges worth a thread.
template <class Body>
inline void each_row_range(Executor& executor, int64_t rows, int64_t row_size, const Body& body) {
    const int64_t per_task = max_of(1, k_grain / max_of(row_size, 1));
    const int64_t tasks = ceil_div(rows, per_task);
    if (tasks <= 1) {
        if (rows > 0) body(0, rows);
        return;
    }
    executor.parallel_for(
        tasks, [&](int64_t begin, int64_t end) { body(begin * per_task, min_of(end * per_task, rows)); });
}

inline float scalar_root(float x) {
    float result = 0.0f;
    store_head(&result, root(broadcast(x)), 1);
    return result;
}

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

inline void run_rotate(Executor& executor, float* x, const float* cosines, const float* sines,
                       const int32_t* positions, int64_t T, int64_t heads, int64_t head_dim, bool back) {
    const int64_t half = head_dim / 2;
    const Vec turn = back ? sign_bit() : zero();
    each_row_range(executor, T, heads * head_dim, [=](int64_t begin, int64_t end) {
        for (int64_t t = begin; t < end; ++t) {
            const int64_t row = positions[t] * half;
            for (int64_t h = 0; h < heads; ++h) {
                float* const first = x + (t * heads + h) * head_dim;
                float* const second = first + half;
                each_vector(half, [=](int64_t i, int64_t n) {
                    const Vec a = load_some(first + i, n);
                    const Vec b = load_some(second + i, n);
                    const Vec c = load_some(cosines + row + i, n);
                    const Vec s = bit_xor(load_some(sines + row + i, n), turn);
                    store_some(first + i, fma(a, c, bit_xor(mul(b, s), sign_bit())), n);
                    store_some(second + i, fma(b, c, mul(a, s)), n);
                });
            }
        }
    });
}

inline void run_embedding(Executor& executor, float* out, const float* table, const int32_t* ids, int64_t T,
                          int64_t C) {
    each_row_range(executor, T, C, [=](int64_t begin, int64_t end) {
        for (int64_t t = begin; t < end; ++t) {
            const float* const row = table + ids[t] * C;
            each_vector(C,
                        [=](int64_t c, int64_t n) { store_some(out + t * C + c, load_some(row + c, n), n); });
        }
    });
}

inline void run_embedding_gradient(Executor& executor, float* dtable, const float* dout, const int32_t* ids,
                                   int64_t T, int64_t C) {
    constexpr int64_t k_columns = 64;  // features of one task: threads divide features, never tokens
    const auto columns = [=](int64_t begin, int64_t end) {
        const int64_t first = begin * k_columns;
        const int64_t count = min_of(end * k_columns, C) - first;
        for (int64_t t = 0; t < T; ++t) {
            float* const row = dtable + ids[t] * C + first;
            const float* const from = dout + t * C + first;
            each_vector(count, [=](int64_t c, int64_t n) {
                store_some(row + c, add(load_some(row + c, n), load_some(from + c, n)), n);
            });
        }
    };
    const int64_t tasks = ceil_div(C, k_columns);
    if (T * C <= k_grain) {
        columns(0, tasks);
    } else {
        executor.parallel_for(tasks, columns);
    }
}

inline float row_maximum(const float* x, int64_t count) {
    Vec largest = broadcast(-coefficients::k_infinity);
    each_vector(count, [&](int64_t j, int64_t n) {
        largest = head_or(larger(load_some(x + j, n), largest), largest, n);
    });
    float lanes[k_width];
    store(lanes, largest);
    float max = lanes[0];
    for (int64_t i = 1; i < k_width; ++i)
        max = lanes[i] > max ? lanes[i] : max;
    return max;
}

// The sum of e^(x - max); the terms are left in `terms` unless that is nullptr.
inline float exp_row(float* terms, const float* x, float max, int64_t count) {
    return reduce_row(count, [=](Vec partial, int64_t j, int64_t n) {
        const Vec e = vec_exp(sub(load_some(x + j, n), broadcast(max)));
        if (terms != nullptr) store_some(terms + j, e, n);
        return add(partial, e);
    });
}

inline void run_softmax(Executor& executor, float* out, const float* x, int64_t T, int64_t V,
                        int64_t active) {
    each_row_range(executor, T, V, [=](int64_t begin, int64_t end) {
        for (int64_t t = begin; t < end; ++t) {
            float* const row = out + t * V;
            const float inverse = 1.0f / exp_row(row, x + t * V, row_maximum(x + t * V, active), active);
            each_vector(active, [=](int64_t j, int64_t n) {
                store_some(row + j, mul(load_some(row + j, n), broadcast(inverse)), n);
            });
            for (int64_t j = active; j < V; ++j)
                row[j] = 0.0f;
        }
    });
}

inline void run_cross_entropy(Executor& executor, float* loss, float* dlogits, const float* logits,
                              const int32_t* targets, int64_t T, int64_t V, int64_t active, float scale) {
    each_row_range(executor, T, V, [=](int64_t begin, int64_t end) {
        for (int64_t t = begin; t < end; ++t) {
            const float* const row = logits + t * V;
            float* const slopes = dlogits == nullptr ? nullptr : dlogits + t * V;
            const int64_t target = targets[t];
            if (target < 0) {
                loss[t] = 0.0f;
                for (int64_t j = 0; slopes != nullptr && j < V; ++j)
                    slopes[j] = 0.0f;
                continue;
            }
            const float max = row_maximum(row, active);
            const float target_margin = row[target] - max;
            const float denominator = exp_row(slopes, row, max, active);
            float log_denominator = 0.0f;
            store_head(&log_denominator, vec_log(broadcast(denominator)), 1);
            loss[t] = log_denominator - target_margin;
            if (slopes == nullptr) continue;
            const float inverse = 1.0f / denominator;
            const float target_slope = (slopes[target] * inverse - 1.0f) * scale;
            each_vector(active, [=](int64_t j, int64_t n) {
                store_some(slopes + j,
                           mul(mul(load_some(slopes + j, n), broadcast(inverse)), broadcast(scale)), n);
            });
            for (int64_t j = active; j < V; ++j)
                slopes[j] = 0.0f;
            slopes[target] = target_slope;
        }
    });
}

}  // namespace
}  // namespace dure::trainer
