// Operators on whole arrays, on lanes: element by element, and reductions. Included after a lanes_*.h;
// everything has internal linkage.
#pragma once

#include "trainer/kernels/vector_rows.h"

namespace dure::trainer {
namespace {

// Calls body(j, lanes) for all of [0, count), in parallel.
template <class Body>
inline void each_element(Executor& executor, int64_t count, const Body& body) {
    each_row_range(executor, count, 1, [&](int64_t begin, int64_t end) {
        each_vector(end - begin, [&](int64_t j, int64_t n) { body(begin + j, n); });
    });
}

template <class Function>
inline void map_array(Executor& executor, float* out, const float* x, int64_t count, Function function) {
    each_element(executor, count,
                 [=](int64_t j, int64_t n) { store_some(out + j, function(load_some(x + j, n)), n); });
}

template <class Accumulate>
inline float reduce_array(Executor& executor, int64_t count, Accumulate accumulate) {
    const int64_t chunks = ceil_div(count, k_reduce_chunk);
    float* const results = scratch(Scratch::levels, max_of(chunks, 1));
    const auto run = [=](int64_t begin, int64_t end) {
        for (int64_t c = begin; c < end; ++c) {
            results[c] =
                reduce_chunk(c * k_reduce_chunk, min_of((c + 1) * k_reduce_chunk, count), accumulate);
        }
    };
    executor.parallel_for(chunks, run);
    return reduce_levels(results, chunks);
}

inline void run_swiglu_gradient(Executor& executor, float* dgate, float* dup, const float* dout,
                                const float* gate, const float* up, int64_t count) {
    each_element(executor, count, [=](int64_t j, int64_t n) {
        const Vec g = load_some(gate + j, n);
        const Vec u = load_some(up + j, n);
        const Vec d = load_some(dout + j, n);
        const Vec s = vec_sigmoid(g);
        const Vec one = broadcast(1.0f);
        const Vec slope = mul(s, fma(g, sub(one, s), one));
        store_some(dup + j, mul(d, mul(g, s)), n);
        store_some(dgate + j, mul(mul(d, u), slope), n);
    });
}

inline void run_adamw(Executor& executor, float* w, float* m, float* v, const float* g, int64_t count,
                      const AdamWScalars& scalars) {
    each_element(executor, count, [=](int64_t j, int64_t n) {
        const Vec gradient = mul(load_some(g + j, n), broadcast(scalars.gradient_scale));
        const Vec first = fma(broadcast(scalars.beta1), load_some(m + j, n),
                              mul(broadcast(scalars.one_minus_beta1), gradient));
        const Vec second = fma(broadcast(scalars.beta2), load_some(v + j, n),
                               mul(broadcast(scalars.one_minus_beta2), mul(gradient, gradient)));
        const Vec divisor =
            add(root(mul(second, broadcast(scalars.inverse_bias2))), broadcast(scalars.epsilon));
        const Vec direction = div(mul(first, broadcast(scalars.inverse_bias1)), divisor);
        const Vec weight = load_some(w + j, n);
        const Vec change = fma(broadcast(scalars.weight_decay), weight, direction);
        store_some(m + j, first, n);
        store_some(v + j, second, n);
        store_some(w + j, fnma(broadcast(scalars.learning_rate), change, weight), n);
    });
}

inline bool run_all_finite(const float* x, int64_t count) {
    Vec bad = zero();  // becomes NaN at the first infinity or NaN and stays so
    each_vector(count, [&](int64_t j, int64_t n) { bad = fma(load_some(x + j, n), zero(), bad); });
    float lanes[k_width];
    store(lanes, bad);
    for (const float lane : lanes) {
        if (!(lane == 0.0f)) return false;
    }
    return true;
}

}  // namespace
}  // namespace dure::trainer
