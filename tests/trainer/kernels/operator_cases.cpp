#include "tests/trainer/kernels/operator_cases.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "trainer/kernels/scalar_math.h"

namespace dure::trainer::testing {

void expect_products_equal(const Runner& runner, Random& random, int64_t T, int64_t N, int64_t K) {
    const Floats x = random.values(T * K);
    const Floats w = random.values(N * K);
    const Floats dy = random.values(T * N);
    const Floats before_out = random.values(T * N);
    const Floats before_dx = random.values(T * K);
    const Floats before_dw = random.values(N * K);
    const std::string what = "T=" + std::to_string(T) + " N=" + std::to_string(N) + " K=" + std::to_string(K);
    runner.expect_equal(what, [&](const Kernels& kernels) {
        Outputs outputs;
        for (const Store store : {Store::write, Store::add}) {
            outputs.push_back(before_out);
            kernels.matmul(outputs.back().data(), x.data(), w.data(), T, N, K, store);
            outputs.push_back(before_dx);
            kernels.matmul_input_gradient(outputs.back().data(), dy.data(), w.data(), T, N, K, store);
        }
        outputs.push_back(before_dw);
        kernels.matmul_weight_gradient(outputs.back().data(), dy.data(), x.data(), T, N, K);
        return outputs;
    });
}

namespace {

void products_of_small_odd_shapes(const Runner& runner) {
    Random random(1);
    for (int64_t i = 0; i < runner.shapes(60, 12) && !::testing::Test::HasFatalFailure(); ++i)
        expect_products_equal(runner, random, random.between(1, 70), random.between(1, 70),
                              random.between(1, 70));
}

void products_whose_rows_are_aligned(const Runner& runner) {
    Random random(2);
    expect_products_equal(runner, random, 64, 132, 36);
    expect_products_equal(runner, random, 12, 64, 20);
    expect_products_equal(runner, random, 129, 136, 8);
    for (int64_t i = 0; i < runner.shapes(4, 4) && !::testing::Test::HasFatalFailure(); ++i)
        expect_products_equal(runner, random, random.between(1, 50), 4 * random.between(1, 40),
                              4 * random.between(1, 20));
}

void products_of_few_rows_and_long_chains(const Runner& runner) {
    Random random(3);
    for (const int64_t T : {1, 3, 8})
        expect_products_equal(runner, random, T, 19, 700);
    expect_products_equal(runner, random, 1, 1, 1);
}

void weight_gradients_of_several_chunks(const Runner& runner) {
    Random random(4);
    expect_products_equal(runner, random, 3 * k_token_chunk + 100, 9, 12);
    expect_products_equal(runner, random, 2 * k_token_chunk, 8, 16);
}

void products_of_nothing(const Runner& runner) {
    runner.expect_equal("K = 0", [](const Kernels& kernels) {
        Floats out = empty(6);
        kernels.matmul(out.data(), nullptr, nullptr, 2, 3, 0);
        Floats untouched{1.0f, 2.0f};
        kernels.matmul_weight_gradient(untouched.data(), nullptr, nullptr, 0, 1, 2);
        kernels.matmul(nullptr, nullptr, untouched.data(), 0, 1, 2);
        EXPECT_EQ(untouched, (Floats{1.0f, 2.0f}));
        return Outputs{out};
    });
}

void rms_norm_and_its_gradient(const Runner& runner) {
    Random random(10);
    std::vector<std::pair<int64_t, int64_t>> shapes{{1, 1},   {3, 31},   {5, 32},   {7, 33},
                                                    {9, 129}, {600, 20}, {1030, 5}, {2, 9000}};
    if (runner.fast) shapes.insert(shapes.end(), {{600, 48}, {1100, 65}});
    for (const auto& [T, C] : shapes) {
        const Floats x = random.values(T * C);
        const Floats gain = random.values(C);
        const Floats dy = random.values(T * C);
        const Floats dx_before = random.values(T * C);
        const Floats dgain_before = random.values(C);
        runner.expect_equal("rms_norm C=" + std::to_string(C), [&, T = T, C = C](const Kernels& kernels) {
            Floats out = empty(T * C);
            Floats inverse_rms = empty(T);
            kernels.rms_norm(out.data(), inverse_rms.data(), x.data(), gain.data(), 1e-5f, T, C);
            Floats again = empty(T * C);
            kernels.rms_norm(again.data(), nullptr, x.data(), gain.data(), 1e-5f, T, C);
            expect_same_bits(out, again, "without inverse_rms");
            Floats dx = dx_before;
            Floats dgain = dgain_before;
            kernels.rms_norm_gradient(dx.data(), dgain.data(), dy.data(), x.data(), gain.data(),
                                      inverse_rms.data(), T, C);
            return Outputs{out, inverse_rms, dx, dgain};
        });
    }
}

void rotation(const Runner& runner) {
    Random random(11);
    for (const int64_t head_dim : {2, 10, 32, 64, 70}) {
        constexpr int64_t T = 30;
        constexpr int64_t k_heads = 3;
        const RotaryTable table = make_rotary_table(T, head_dim, 10000.0);
        std::vector<int32_t> positions;
        for (int64_t t = 0; t < T; ++t)
            positions.push_back(static_cast<int32_t>(random.between(0, T - 1)));
        const Floats x = random.values(T * k_heads * head_dim);
        runner.expect_equal("rotate", [&](const Kernels& kernels) {
            Floats forth = x;
            kernels.rotate(forth.data(), table.cosines.data(), table.sines.data(), positions.data(), T,
                           k_heads, head_dim);
            Floats back = forth;
            kernels.rotate_back(back.data(), table.cosines.data(), table.sines.data(), positions.data(), T,
                                k_heads, head_dim);
            for (size_t i = 0; i < x.size(); ++i)
                EXPECT_NEAR(back[i], x[i], 1e-6f);
            return Outputs{forth, back};
        });
    }
}

AttentionShape random_shape(const Runner& runner, Random& random) {
    AttentionShape shape;
    shape.sequences = random.between(1, runner.fast ? 3 : 2);
    shape.positions = random.between(1, runner.fast ? 90 : 70);
    shape.kv_heads = random.between(1, runner.fast ? 3 : 2);
    shape.heads = shape.kv_heads * random.between(1, runner.fast ? 3 : 2);
    shape.head_dim = random.between(1, runner.fast ? 50 : 40);
    return shape;
}

void expect_attention_equal(const Runner& runner, Random& random, const AttentionShape& shape) {
    const int64_t T = shape.sequences * shape.positions;
    const int64_t q_size = T * shape.heads * shape.head_dim;
    const int64_t kv_size = T * shape.kv_heads * shape.head_dim;
    Floats q = random.values(q_size);
    for (float& x : q)
        x *= 2.0f;
    const Floats k = random.values(kv_size);
    const Floats v = random.values(kv_size);
    const Floats dout = random.values(q_size);
    const std::string what = "attention S=" + std::to_string(shape.positions) +
                             " H=" + std::to_string(shape.heads) + "/" + std::to_string(shape.kv_heads) +
                             " D=" + std::to_string(shape.head_dim);
    runner.expect_equal(what, [&](const Kernels& kernels) {
        Floats out = empty(q_size);
        Floats row_max = empty(T * shape.heads);
        Floats row_scale = row_max;
        kernels.attention(out.data(), row_max.data(), row_scale.data(), q.data(), k.data(), v.data(), shape);
        Floats dq = empty(q_size);
        Floats dk = empty(kv_size);
        Floats dv = dk;
        kernels.attention_gradient(dq.data(), dk.data(), dv.data(), dout.data(), out.data(), q.data(),
                                   k.data(), v.data(), row_max.data(), row_scale.data(), shape);
        return Outputs{out, row_max, row_scale, dq, dk, dv};
    });
}

void attention_and_its_gradient(const Runner& runner) {
    Random random(12);
    for (int64_t i = 0; i < runner.shapes(12, 4) && !::testing::Test::HasFatalFailure(); ++i)
        expect_attention_equal(runner, random, random_shape(runner, random));
    expect_attention_equal(runner, random, {1, 1, 1, 1, 1});
    expect_attention_equal(runner, random, {2, 64, 2, 1, 8});
    expect_attention_equal(runner, random, {1, 66, 1, 1, 100});
    expect_attention_equal(runner, random, {1, 10, 1, 1, 256});
    if (!runner.fast) return;
    expect_attention_equal(runner, random, {1, 700, 2, 1, 16});
    expect_attention_equal(runner, random, {2, 64, 4, 4, 32});
}

void attentions_gradient_over_several_chunks(const Runner& runner) {
    Random random(13);
    expect_attention_equal(runner, random, {1, k_token_chunk + 30, 2, 1, 3});
}

// Both sequences of `shape` together, one ahead of the other: a few tokens at once, many, one by one.
Floats decoded(const Kernels& kernels, Random& random, const AttentionShape& shape, const Floats& q,
               const Floats& k, const Floats& v) {
    const int64_t q_row = shape.heads * shape.head_dim;
    const int64_t kv_row = shape.kv_heads * shape.head_dim;
    Floats out = empty(shape.sequences * shape.positions * q_row);
    std::vector<int64_t> positions(static_cast<size_t>(shape.sequences));
    while (true) {
        std::vector<CachedQueries> items;
        for (int64_t s = 0; s < shape.sequences; ++s) {
            int64_t& position = positions[static_cast<size_t>(s)];
            const int64_t most = random.next() % 2 == 0 ? 1 : random.between(1, 20);
            const int64_t count = std::min(most, shape.positions - position);
            if (count == 0) continue;
            const int64_t first = s * shape.positions;
            items.push_back({out.data() + (first + position) * q_row, q.data() + (first + position) * q_row,
                             k.data() + first * kv_row, v.data() + first * kv_row, position, count});
            position += count;
        }
        if (items.empty()) return out;
        kernels.attention_cached(items.data(), static_cast<int64_t>(items.size()), shape.heads,
                                 shape.kv_heads, shape.head_dim);
    }
}

void decoding_with_a_cache_equals_prefill(const Runner& runner) {
    Random random(14);
    for (int64_t i = 0; i < runner.shapes(6, 1) && !::testing::Test::HasFatalFailure(); ++i) {
        AttentionShape shape = random_shape(runner, random);
        shape.sequences = 2;
        const int64_t T = shape.sequences * shape.positions;
        const Floats q = random.values(T * shape.heads * shape.head_dim);
        const Floats k = random.values(T * shape.kv_heads * shape.head_dim);
        const Floats v = random.values(T * shape.kv_heads * shape.head_dim);
        Floats prefill = empty(T * shape.heads * shape.head_dim);
        Floats row_max = empty(T * shape.heads);
        Floats row_scale = row_max;
        reference().attention(prefill.data(), row_max.data(), row_scale.data(), q.data(), k.data(), v.data(),
                              shape);
        for (const Implementation& implementation : runner.implementations)
            expect_same_bits(prefill, decoded(*implementation.kernels, random, shape, q, k, v),
                             implementation.name);
    }
}

void attention_to_more_keys_than_are_reduced_at_once(const Runner& runner) {
    Random random(15);
    constexpr int64_t k_keys = 2 * k_reduce_chunk + 70;
    constexpr int64_t k_head_dim = 2;
    for (const int64_t queries : {1, 9}) {
        const Floats q = random.values(queries * k_head_dim);
        const Floats k = random.values(k_keys * k_head_dim);
        const Floats v = random.values(k_keys * k_head_dim);
        runner.expect_equal("long attention", [&](const Kernels& kernels) {
            Floats out = empty(queries * k_head_dim);
            const CachedQueries item{out.data(), q.data(), k.data(), v.data(), k_keys - queries, queries};
            kernels.attention_cached(&item, 1, 1, 1, k_head_dim);
            return Outputs{out};
        });
    }
}

void embedding_and_its_gradient(const Runner& runner) {
    Random random(16);
    for (const int64_t C : {1, 17, 128, 600}) {
        const int64_t T = runner.fast ? 300 : 100;
        constexpr int64_t k_rows = 11;  // every row occurs many times
        std::vector<int32_t> ids;
        for (int64_t t = 0; t < T; ++t)
            ids.push_back(static_cast<int32_t>(random.between(0, k_rows - 1)));
        const Floats table = random.values(k_rows * C);
        const Floats dout = random.values(T * C);
        runner.expect_equal("embedding", [&](const Kernels& kernels) {
            Floats out = empty(T * C);
            kernels.embedding(out.data(), table.data(), ids.data(), T, C);
            Floats dtable = table;
            kernels.embedding_gradient(dtable.data(), dout.data(), ids.data(), T, C);
            return Outputs{out, dtable};
        });
    }
}

void softmax_and_cross_entropy(const Runner& runner) {
    Random random(17);
    std::vector<std::array<int64_t, 3>> shapes{
        {1, 1, 1}, {7, 33, 33}, {9, 100, 90}, {2, 9000, 8999}, {2, 20000, 20000}};
    if (runner.fast) shapes.insert(shapes.end(), {{50, 100, 90}, {40, 2048, 2048}});
    for (const auto& [T, V, active] : shapes) {
        Floats logits = random.values(T * V);
        for (float& x : logits)
            x *= 10.0f;
        std::vector<int32_t> targets;
        for (int64_t t = 0; t < T; ++t)
            targets.push_back(t % 5 == 3 ? -1 : static_cast<int32_t>(random.between(0, active - 1)));
        const auto compute = [&, T = T, V = V, active = active](const Kernels& kernels) {
            Floats p = empty(T * V);
            kernels.softmax(p.data(), logits.data(), T, V, active);
            Floats loss = empty(T);
            Floats dlogits = empty(T * V);
            kernels.cross_entropy(loss.data(), dlogits.data(), logits.data(), targets.data(), T, V, active,
                                  0.37f);
            Floats in_place = logits;
            Floats loss_again = empty(T);
            kernels.cross_entropy(loss_again.data(), in_place.data(), in_place.data(), targets.data(), T, V,
                                  active, 0.37f);
            expect_same_bits(dlogits, in_place, "in place");
            expect_same_bits(loss, loss_again, "in place");
            kernels.cross_entropy(loss_again.data(), nullptr, logits.data(), targets.data(), T, V, active,
                                  0.37f);
            expect_same_bits(loss, loss_again, "loss only");
            return Outputs{p, loss, dlogits};
        };
        runner.expect_equal("V=" + std::to_string(V), compute);
    }
}

void activations_and_sums_of_whole_arrays(const Runner& runner) {
    Random random(18);
    const std::vector<int64_t> few{1, 31, 257, 8193};
    const std::vector<int64_t> many{1, 15, 16, 31, 33, 4097, 8192, 8193, 40001};
    for (const int64_t count : runner.fast ? many : few) {
        const Floats a = random.values(count);
        const Floats b = random.values(count);
        const Floats c = random.values(count);
        runner.expect_equal("count=" + std::to_string(count), [&](const Kernels& kernels) {
            Outputs outputs(7, empty(count));
            kernels.swiglu(outputs[0].data(), a.data(), b.data(), count);
            kernels.swiglu_gradient(outputs[1].data(), outputs[2].data(), c.data(), a.data(), b.data(),
                                    count);
            kernels.add(outputs[3].data(), a.data(), b.data(), count);
            kernels.subtract(outputs[4].data(), a.data(), b.data(), count);
            kernels.scale(outputs[5].data(), a.data(), 1.7f, count);
            outputs[6] = a;  // in the place of an input
            kernels.add(outputs[6].data(), b.data(), outputs[6].data(), count);
            outputs.push_back({kernels.sum(a.data(), count), kernels.sum_of_squares(a.data(), count)});
            Floats dgate = a;  // gradients in the place of the inputs
            Floats dup = b;
            kernels.swiglu_gradient(dgate.data(), dup.data(), c.data(), dgate.data(), dup.data(), count);
            expect_same_bits(outputs[1], dgate, "in place");
            expect_same_bits(outputs[2], dup, "in place");
            return outputs;
        });
    }
}

void steps_of_the_optimizer(const Runner& runner) {
    Random random(19);
    const AdamWScalars scalars = adamw_scalars({}, 3e-4, 7, 0.8f);
    for (const int64_t count : {1, 33, 257, 8193}) {
        const Floats parameters = random.values(count);
        const Floats first = random.values(count);
        const Floats gradient = random.values(count);
        Floats second = random.values(count);
        for (float& x : second)
            x *= x;
        runner.expect_equal("count=" + std::to_string(count), [&](const Kernels& kernels) {
            Outputs o{parameters, first, second, parameters, first, second, empty(2), empty(2)};
            kernels.adamw(o[0].data(), o[1].data(), o[2].data(), gradient.data(), count, scalars);
            kernels.clip(o[6].data(), gradient.data(), count, 0.5);
            kernels.clip(o[7].data(), gradient.data(), count, 0.0);  // none
            kernels.adamw_clipped(o[3].data(), o[4].data(), o[5].data(), gradient.data(), count, scalars,
                                  &o[6][1]);
            return o;
        });
    }
}

void sums_of_several_levels(const Runner& runner) {
    Random random(20);
    const Floats x = random.values(k_reduce_chunk * 40 + 77);
    const auto count = static_cast<int64_t>(x.size());
    runner.expect_equal("sums", [&](const Kernels& kernels) {
        return Outputs{
            {kernels.sum(x.data(), count), kernels.sum_of_squares(x.data(), count), kernels.sum(nullptr, 0)}};
    });
}

void one_infinity_or_nan_is_found_anywhere(const Runner& runner) {
    const auto& implementations = runner.implementations;
    const size_t some = runner.fast ? implementations.size() : 1;
    for (size_t number = 0; number < some; ++number) {
        const Kernels& kernels = *implementations[number].kernels;
        for (const int64_t count : {1, 16, 37, 300}) {
            Floats x(static_cast<size_t>(count), -3e38f);
            EXPECT_TRUE(kernels.all_finite(x.data(), count));
            const size_t stride = runner.fast ? 1 : 37;
            for (size_t at = 0; at < x.size(); at += stride) {
                for (const float bad : {HUGE_VALF, -HUGE_VALF, std::bit_cast<float>(0x7fc00000u)}) {
                    const float before = std::exchange(x[at], bad);
                    EXPECT_FALSE(kernels.all_finite(x.data(), count)) << implementations[number].name;
                    x[at] = before;
                }
            }
        }
    }
}

}  // namespace

const std::vector<OperatorCase>& operator_cases() {
    static const std::vector<OperatorCase> cases{
        {"ProductsOfSmallOddShapes", products_of_small_odd_shapes},
        {"ProductsWhoseRowsAreAligned", products_whose_rows_are_aligned},
        {"ProductsOfFewRowsAndLongChains", products_of_few_rows_and_long_chains},
        {"WeightGradientsOfSeveralChunks", weight_gradients_of_several_chunks},
        {"ProductsOfNothing", products_of_nothing},
        {"RmsNormAndItsGradient", rms_norm_and_its_gradient},
        {"Rotation", rotation},
        {"AttentionAndItsGradient", attention_and_its_gradient},
        {"AttentionsGradientOverSeveralChunks", attentions_gradient_over_several_chunks},
        {"DecodingWithACacheEqualsPrefill", decoding_with_a_cache_equals_prefill},
        {"AttentionToMoreKeysThanAreReducedAtOnce", attention_to_more_keys_than_are_reduced_at_once},
        {"EmbeddingAndItsGradient", embedding_and_its_gradient},
        {"SoftmaxAndCrossEntropy", softmax_and_cross_entropy},
        {"ActivationsAndSumsOfWholeArrays", activations_and_sums_of_whole_arrays},
        {"StepsOfTheOptimizer", steps_of_the_optimizer},
        {"SumsOfSeveralLevels", sums_of_several_levels},
        {"OneInfinityOrNanIsFoundAnywhere", one_infinity_or_nan_is_found_anywhere},
    };
    return cases;
}

}  // namespace dure::trainer::testing
