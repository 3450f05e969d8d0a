// Every operator of the GPU, run by the shim under several orders of its threads: the reference's bits.
#include <algorithm>

#include "tests/trainer/kernels/cuda/shim_machines.h"
#include "tests/trainer/kernels/machines.h"
#include "trainer/kernels/device.h"
#include "trainer/kernels/scalar_math.h"

namespace dure::trainer::testing {
namespace {

void expect_equal_on_gpu(const std::string& what, const std::function<Outputs(const Kernels&)>& compute) {
    const Outputs expected = compute(reference());
    for (const ShimMachine& machine : shim_machines()) {
        const Outputs actual = compute(*machine.host_arguments);
        ASSERT_EQ(expected.size(), actual.size());
        for (size_t i = 0; i < expected.size(); ++i) {
            expect_same_bits(expected[i], actual[i],
                             what + ", output " + std::to_string(i) + ", " + machine.name);
            if (::testing::Test::HasFatalFailure()) return;
        }
    }
}

void expect_products_equal(Random& random, int64_t T, int64_t N, int64_t K) {
    const Floats x = random.values(T * K);
    const Floats w = random.values(N * K);
    const Floats dy = random.values(T * N);
    const Floats before_out = random.values(T * N);
    const Floats before_dx = random.values(T * K);
    const Floats before_dw = random.values(N * K);
    const std::string what = "T=" + std::to_string(T) + " N=" + std::to_string(N) + " K=" + std::to_string(K);
    expect_equal_on_gpu(what, [&](const Kernels& kernels) {
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

TEST(GpuOperators, ProductsOfSmallOddShapes) {
    Random random(1);
    for (int64_t i = 0; i < 12 * test_scale() && !HasFatalFailure(); ++i)
        expect_products_equal(random, random.between(1, 40), random.between(1, 70), random.between(1, 70));
}

TEST(GpuOperators, ProductsWhoseRowsAreAligned) {
    Random random(2);
    expect_products_equal(random, 64, 132, 36);
    expect_products_equal(random, 12, 64, 20);
    expect_products_equal(random, 129, 136, 8);
    for (int64_t i = 0; i < 4 * test_scale() && !HasFatalFailure(); ++i)
        expect_products_equal(random, random.between(1, 50), 4 * random.between(1, 40),
                              4 * random.between(1, 20));
}

TEST(GpuOperators, ProductsOfFewRowsAndLongChains) {
    Random random(3);
    for (const int64_t T : {1, 3, 8})
        expect_products_equal(random, T, 19, 700);
    expect_products_equal(random, 1, 1, 1);
}

TEST(GpuOperators, WeightGradientsOfSeveralChunks) {
    Random random(4);
    expect_products_equal(random, 3 * k_token_chunk + 100, 9, 12);
    expect_products_equal(random, 2 * k_token_chunk, 8, 16);
}

TEST(GpuOperators, ProductsOfNothing) {
    expect_equal_on_gpu("K = 0", [](const Kernels& kernels) {
        Floats out = empty(6);
        kernels.matmul(out.data(), nullptr, nullptr, 2, 3, 0);
        Floats untouched = empty(2);
        kernels.matmul_weight_gradient(untouched.data(), nullptr, nullptr, 0, 1, 2);
        kernels.matmul(nullptr, nullptr, untouched.data(), 0, 1, 2);
        return Outputs{out, untouched};
    });
}

TEST(GpuOperators, RmsNormAndItsGradient) {
    Random random(10);
    const int64_t shapes[][2] = {{1, 1}, {3, 31}, {9, 33}, {600, 20}, {1030, 5}, {2, 9000}};
    for (const auto& [T, C] : shapes) {
        const Floats x = random.values(T * C);
        const Floats gain = random.values(C);
        const Floats dy = random.values(T * C);
        const Floats dx_before = random.values(T * C);
        const Floats dgain_before = random.values(C);
        expect_equal_on_gpu("rms_norm C=" + std::to_string(C), [&, T = T, C = C](const Kernels& kernels) {
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

TEST(GpuOperators, Rotation) {
    Random random(11);
    for (const int64_t head_dim : {2, 10, 32}) {
        constexpr int64_t T = 20;
        constexpr int64_t k_heads = 3;
        const RotaryTable table = make_rotary_table(T, head_dim, 10000.0);
        std::vector<int32_t> positions;
        for (int64_t t = 0; t < T; ++t)
            positions.push_back(static_cast<int32_t>(random.between(0, T - 1)));
        const Floats x = random.values(T * k_heads * head_dim);
        expect_equal_on_gpu("rotate", [&](const Kernels& kernels) {
            Floats forth = x;
            kernels.rotate(forth.data(), table.cosines.data(), table.sines.data(), positions.data(), T,
                           k_heads, head_dim);
            Floats back = forth;
            kernels.rotate_back(back.data(), table.cosines.data(), table.sines.data(), positions.data(), T,
                                k_heads, head_dim);
            return Outputs{forth, back};
        });
    }
}

void expect_attention_equal(Random& random, const AttentionShape& shape) {
    const int64_t T = shape.sequences * shape.positions;
    const int64_t q_size = T * shape.heads * shape.head_dim;
    const int64_t kv_size = T * shape.kv_heads * shape.head_dim;
    const Floats q = random.values(q_size);
    const Floats k = random.values(kv_size);
    const Floats v = random.values(kv_size);
    const Floats dout = random.values(q_size);
    const std::string what = "attention S=" + std::to_string(shape.positions) +
                             " H=" + std::to_string(shape.heads) + "/" + std::to_string(shape.kv_heads) +
                             " D=" + std::to_string(shape.head_dim);
    expect_equal_on_gpu(what, [&](const Kernels& kernels) {
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

TEST(GpuOperators, AttentionAndItsGradient) {
    Random random(12);
    for (int64_t i = 0; i < 4 * test_scale() && !HasFatalFailure(); ++i) {
        AttentionShape shape;
        shape.sequences = random.between(1, 2);
        shape.positions = random.between(1, 70);
        shape.kv_heads = random.between(1, 2);
        shape.heads = shape.kv_heads * random.between(1, 2);
        shape.head_dim = random.between(1, 40);
        expect_attention_equal(random, shape);
    }
    expect_attention_equal(random, {1, 1, 1, 1, 1});
    expect_attention_equal(random, {2, 64, 2, 1, 8});
    expect_attention_equal(random, {1, 66, 1, 1, 100});
    expect_attention_equal(random, {1, 10, 1, 1, 256});
}

TEST(GpuOperators, AttentionsGradientOverSeveralChunks) {
    Random random(13);
    expect_attention_equal(random, {1, k_token_chunk + 30, 2, 1, 3});
}

TEST(GpuOperators, DecodingEqualsPrefill) {
    Random random(14);
    const AttentionShape shape{2, 40, 4, 2, 10};
    const int64_t q_row = shape.heads * shape.head_dim;
    const int64_t kv_row = shape.kv_heads * shape.head_dim;
    const int64_t T = shape.sequences * shape.positions;
    const Floats q = random.values(T * q_row);
    const Floats k = random.values(T * kv_row);
    const Floats v = random.values(T * kv_row);
    Floats prefill = empty(T * q_row);
    Floats row_max = empty(T * shape.heads);
    Floats row_scale = row_max;
    reference().attention(prefill.data(), row_max.data(), row_scale.data(), q.data(), k.data(), v.data(),
                          shape);
    for (const ShimMachine& machine : shim_machines()) {
        Floats decoded = empty(T * q_row);
        // Both sequences together, one ahead of the other: a few at once, many, one by one.
        int64_t positions[2] = {0, 0};
        while (positions[0] < shape.positions || positions[1] < shape.positions) {
            std::vector<CachedQueries> items;
            for (int64_t s = 0; s < 2; ++s) {
                int64_t& position = positions[s];
                const int64_t wanted = s == 0 ? random.between(1, 3) : random.between(1, 24);
                const int64_t count = std::min(wanted, shape.positions - position);
                if (count == 0) continue;
                const int64_t first = s * shape.positions;
                items.push_back({decoded.data() + (first + position) * q_row,
                                 q.data() + (first + position) * q_row, k.data() + first * kv_row,
                                 v.data() + first * kv_row, position, count});
                position += count;
            }
            machine.host_arguments->attention_cached(items.data(), static_cast<int64_t>(items.size()),
                                                     shape.heads, shape.kv_heads, shape.head_dim);
        }
        expect_same_bits(prefill, decoded, machine.name);
    }
}

TEST(GpuOperators, AttentionToMoreKeysThanAreReducedAtOnce) {
    Random random(15);
    constexpr int64_t k_keys = 2 * k_reduce_chunk + 70;
    constexpr int64_t k_head_dim = 2;
    for (const int64_t queries : {1, 9}) {
        const Floats q = random.values(queries * k_head_dim);
        const Floats k = random.values(k_keys * k_head_dim);
        const Floats v = random.values(k_keys * k_head_dim);
        expect_equal_on_gpu("long attention", [&](const Kernels& kernels) {
            Floats out = empty(queries * k_head_dim);
            const CachedQueries item{out.data(), q.data(), k.data(), v.data(), k_keys - queries, queries};
            kernels.attention_cached(&item, 1, 1, 1, k_head_dim);
            return Outputs{out};
        });
    }
}

TEST(GpuOperators, EmbeddingAndItsGradient) {
    Random random(16);
    for (const int64_t C : {1, 17, 600}) {
        constexpr int64_t T = 100;
        constexpr int64_t k_rows = 11;  // every row occurs many times
        std::vector<int32_t> ids;
        for (int64_t t = 0; t < T; ++t)
            ids.push_back(static_cast<int32_t>(random.between(0, k_rows - 1)));
        const Floats table = random.values(k_rows * C);
        const Floats dout = random.values(T * C);
        expect_equal_on_gpu("embedding", [&](const Kernels& kernels) {
            Floats out = empty(T * C);
            kernels.embedding(out.data(), table.data(), ids.data(), T, C);
            Floats dtable = table;
            kernels.embedding_gradient(dtable.data(), dout.data(), ids.data(), T, C);
            return Outputs{out, dtable};
        });
    }
}

TEST(GpuOperators, SoftmaxAndCrossEntropy) {
    Random random(17);
    const int64_t shapes[][3] = {{1, 1, 1}, {7, 33, 33}, {9, 100, 90}, {2, 9000, 8999}, {2, 20000, 20000}};
    for (const auto& [T, V, active] : shapes) {
        Floats logits = random.values(T * V);
        for (float& x : logits)
            x *= 10.0f;
        std::vector<int32_t> targets;
        for (int64_t t = 0; t < T; ++t)
            targets.push_back(t % 5 == 3 ? -1 : static_cast<int32_t>(random.between(0, active - 1)));
        expect_equal_on_gpu("V=" + std::to_string(V),
                            [&, T = T, V = V, active = active](const Kernels& kernels) {
                                Floats p = empty(T * V);
                                kernels.softmax(p.data(), logits.data(), T, V, active);
                                Floats loss = empty(T);
                                Floats dlogits = empty(T * V);
                                kernels.cross_entropy(loss.data(), dlogits.data(), logits.data(),
                                                      targets.data(), T, V, active, 0.37f);
                                Floats in_place = logits;
                                Floats loss_again = empty(T);
                                kernels.cross_entropy(loss_again.data(), in_place.data(), in_place.data(),
                                                      targets.data(), T, V, active, 0.37f);
                                expect_same_bits(dlogits, in_place, "in place");
                                expect_same_bits(loss, loss_again, "in place");
                                kernels.cross_entropy(loss_again.data(), nullptr, logits.data(),
                                                      targets.data(), T, V, active, 0.37f);
                                expect_same_bits(loss, loss_again, "loss only");
                                return Outputs{p, loss, dlogits};
                            });
    }
}

TEST(GpuOperators, WholeArrays) {
    Random random(18);
    for (const int64_t count : {1, 31, 257, 8193}) {
        const Floats a = random.values(count);
        const Floats b = random.values(count);
        const Floats c = random.values(count);
        Floats squares = random.values(count);
        for (float& x : squares)
            x *= x;
        const AdamWScalars scalars = adamw_scalars({}, 3e-4, 7, 0.8f);
        expect_equal_on_gpu("count=" + std::to_string(count), [&](const Kernels& kernels) {
            Outputs outputs(13, empty(count));
            kernels.swiglu(outputs[0].data(), a.data(), b.data(), count);
            kernels.swiglu_gradient(outputs[1].data(), outputs[2].data(), c.data(), a.data(), b.data(),
                                    count);
            kernels.add(outputs[3].data(), a.data(), b.data(), count);
            kernels.subtract(outputs[4].data(), a.data(), b.data(), count);
            kernels.scale(outputs[5].data(), a.data(), 1.7f, count);
            for (const size_t first : {6U, 9U}) {
                outputs[first] = a;
                outputs[first + 1] = b;
                outputs[first + 2] = squares;
            }
            kernels.adamw(outputs[6].data(), outputs[7].data(), outputs[8].data(), c.data(), count, scalars);
            Floats clipping = empty(2);
            kernels.clip(clipping.data(), c.data(), count, 0.5);
            Floats no_clipping = empty(2);
            kernels.clip(no_clipping.data(), c.data(), count, 0.0);
            kernels.adamw_clipped(outputs[9].data(), outputs[10].data(), outputs[11].data(), c.data(), count,
                                  scalars, &clipping[1]);
            outputs[12] = a;  // in the place of an input
            kernels.add(outputs[12].data(), b.data(), outputs[12].data(), count);
            outputs.push_back(clipping);
            outputs.push_back(no_clipping);
            outputs.push_back({kernels.sum(a.data(), count), kernels.sum_of_squares(a.data(), count)});
            Floats dgate = a;
            Floats dup = b;
            kernels.swiglu_gradient(dgate.data(), dup.data(), c.data(), dgate.data(), dup.data(), count);
            expect_same_bits(outputs[1], dgate, "in place");
            expect_same_bits(outputs[2], dup, "in place");
            return outputs;
        });
    }
}

TEST(GpuOperators, SumsOfSeveralLevels) {
    Random random(19);
    const Floats x = random.values(k_reduce_chunk * 40 + 77);
    const auto count = static_cast<int64_t>(x.size());
    expect_equal_on_gpu("sums", [&](const Kernels& kernels) {
        return Outputs{
            {kernels.sum(x.data(), count), kernels.sum_of_squares(x.data(), count), kernels.sum(nullptr, 0)}};
    });
}

TEST(GpuOperators, OneInfinityOrNanIsFoundAnywhere) {
    const Kernels& kernels = *shim_machines().front().host_arguments;
    Floats x(300, -3e38f);
    EXPECT_TRUE(kernels.all_finite(x.data(), 300));
    for (const size_t at : {0U, 37U, 299U}) {
        for (const uint32_t bad : {0x7f800000U, 0xff800000U, 0x7fc00000U}) {
            const float before = x[at];
            x[at] = std::bit_cast<float>(bad);
            EXPECT_FALSE(kernels.all_finite(x.data(), 300));
            x[at] = before;
        }
    }
}

TEST(GpuOperators, ElementaryFunctionsOverFloatsOfAllSizes) {
    Floats x;
    const uint64_t step = 2000003 / static_cast<uint64_t>(test_scale()) | 1;
    for (uint64_t bits = 0; bits < (uint64_t{1} << 32); bits += step) {
        const float value = std::bit_cast<float>(static_cast<uint32_t>(bits));
        if (value - value == 0.0f) x.push_back(value);
    }
    for (const float edge : {0.0f, -0.0f, 89.0f, -104.0f, 0.625f, -0.625f, 0x1p-126f, 1.0f})
        x.push_back(edge);
    Floats positive = x;
    for (float& value : positive)
        value = value < 0.0f ? -value : value;
    const auto count = static_cast<int64_t>(x.size());
    expect_equal_on_gpu("elementary", [&](const Kernels& kernels) {
        Outputs outputs(4, empty(count));
        kernels.exp(outputs[0].data(), x.data(), count);
        kernels.log(outputs[1].data(), positive.data(), count);
        kernels.sigmoid(outputs[2].data(), x.data(), count);
        kernels.tanh(outputs[3].data(), x.data(), count);
        return outputs;
    });
}

TEST(GpuKernels, RefuseTheProgramsMemory) {
    const Kernels& kernels = *shim_machines().front().kernels;
    Floats x = empty(4);
    EXPECT_THROW(kernels.scale(x.data(), x.data(), 2.0f, 4), DeviceError);
    EXPECT_FALSE(kernels.device().is_host());
    EXPECT_TRUE(kernels.host().device().is_host());
}

}  // namespace
}  // namespace dure::trainer::testing
