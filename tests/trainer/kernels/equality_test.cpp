// Every operator but the products: the same bits from every implementation on 1, 2 and 3 threads.
#include <algorithm>
#include <cmath>

#include "tests/trainer/kernels/machines.h"
#include "trainer/kernels/scalar_math.h"

namespace dure::trainer::testing {
namespace {

TEST(Equality, RmsNormAndItsGradient) {
    Random random(10);
    const int64_t shapes[][2] = {{1, 1},    {3, 31},  {5, 32},    {7, 33},
                                 {600, 48}, {9, 129}, {1100, 65}, {2, 9000}};
    for (const auto& [T, C] : shapes) {
        const Floats x = random.values(T * C);
        const Floats gain = random.values(C);
        const Floats dy = random.values(T * C);
        const Floats before = random.values(T * C + C);
        expect_equal_everywhere("rms_norm C=" + std::to_string(C), [&, T = T, C = C](const Kernels& kernels) {
            Floats out = empty(T * C);
            Floats inverse_rms = empty(T);
            kernels.rms_norm(out.data(), inverse_rms.data(), x.data(), gain.data(), 1e-5f, T, C);
            Floats dx(before.begin(), before.begin() + T * C);
            Floats dgain(before.begin() + T * C, before.end());
            kernels.rms_norm_gradient(dx.data(), dgain.data(), dy.data(), x.data(), gain.data(),
                                      inverse_rms.data(), T, C);
            return Outputs{out, inverse_rms, dx, dgain};
        });
    }
}

TEST(Equality, Rotation) {
    Random random(11);
    for (const int64_t head_dim : {2, 10, 32, 64, 70}) {
        constexpr int64_t T = 50;
        constexpr int64_t k_heads = 3;
        const RotaryTable table = make_rotary_table(T, head_dim, 10000.0);
        std::vector<int32_t> positions;
        for (int64_t t = 0; t < T; ++t)
            positions.push_back(static_cast<int32_t>(random.between(0, T - 1)));
        const Floats x = random.values(T * k_heads * head_dim);
        expect_equal_everywhere("rotate", [&](const Kernels& kernels) {
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

AttentionShape random_shape(Random& random, int64_t positions_most) {
    AttentionShape shape;
    shape.sequences = random.between(1, 3);
    shape.positions = random.between(1, positions_most);
    shape.kv_heads = random.between(1, 3);
    shape.heads = shape.kv_heads * random.between(1, 3);
    shape.head_dim = random.between(1, 50);
    return shape;
}

void expect_attention_equal(Random& random, const AttentionShape& shape) {
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
    expect_equal_everywhere(what, [&](const Kernels& kernels) {
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

TEST(Equality, AttentionAndItsGradient) {
    Random random(12);
    for (int64_t i = 0; i < 12 * test_scale() && !HasFatalFailure(); ++i) {
        expect_attention_equal(random, random_shape(random, 90));
    }
    expect_attention_equal(random, {1, 700, 2, 1, 16});
    expect_attention_equal(random, {2, 64, 4, 4, 32});
    expect_attention_equal(random, {1, 1, 1, 1, 1});
}

TEST(Equality, DecodingWithACacheEqualsPrefill) {
    Random random(13);
    for (int64_t i = 0; i < 6 * test_scale() && !HasFatalFailure(); ++i) {
        AttentionShape shape = random_shape(random, 80);
        shape.sequences = 2;
        const int64_t T = shape.sequences * shape.positions;
        const int64_t q_row = shape.heads * shape.head_dim;
        const int64_t kv_row = shape.kv_heads * shape.head_dim;
        const Floats q = random.values(T * q_row);
        const Floats k = random.values(T * kv_row);
        const Floats v = random.values(T * kv_row);
        Floats prefill = empty(T * q_row);
        Floats row_max = empty(T * shape.heads);
        Floats row_scale = row_max;
        reference().attention(prefill.data(), row_max.data(), row_scale.data(), q.data(), k.data(), v.data(),
                              shape);
        for (const Machine& machine : machines()) {
            Floats decoded = empty(T * q_row);
            int64_t position = 0;
            while (position <
                   shape.positions) {  // one token, then a few at once, for both sequences together
                const int64_t count =
                    std::min(position % 3 == 1 ? random.between(1, 20) : 1, shape.positions - position);
                std::vector<CachedQueries> items;
                for (int64_t s = 0; s < shape.sequences; ++s) {
                    const int64_t first = s * shape.positions;
                    CachedQueries item;
                    item.out = decoded.data() + (first + position) * q_row;
                    item.q = q.data() + (first + position) * q_row;
                    item.k = k.data() + first * kv_row;
                    item.v = v.data() + first * kv_row;
                    item.first_position = position;
                    item.queries = count;
                    items.push_back(item);
                }
                machine.kernels->attention_cached(items.data(), shape.sequences, shape.heads, shape.kv_heads,
                                                  shape.head_dim);
                position += count;
            }
            expect_same_bits(prefill, decoded, machine.name);
        }
    }
}

TEST(Equality, EmbeddingAndItsGradient) {
    Random random(14);
    for (const int64_t C : {1, 17, 128, 200}) {
        constexpr int64_t T = 300;
        constexpr int64_t k_rows = 20;  // every row occurs many times
        std::vector<int32_t> ids;
        for (int64_t t = 0; t < T; ++t)
            ids.push_back(static_cast<int32_t>(random.between(0, k_rows - 1)));
        const Floats table = random.values(k_rows * C);
        const Floats dout = random.values(T * C);
        expect_equal_everywhere("embedding", [&](const Kernels& kernels) {
            Floats out = empty(T * C);
            kernels.embedding(out.data(), table.data(), ids.data(), T, C);
            Floats dtable = table;
            kernels.embedding_gradient(dtable.data(), dout.data(), ids.data(), T, C);
            return Outputs{out, dtable};
        });
    }
}

TEST(Equality, SoftmaxAndCrossEntropy) {
    Random random(15);
    const int64_t shapes[][3] = {{1, 1, 1}, {7, 33, 33}, {50, 100, 90}, {3, 9000, 8999}, {40, 2048, 2048}};
    for (const auto& [T, V, active] : shapes) {
        Floats logits = random.values(T * V);
        for (float& x : logits)
            x *= 10.0f;
        std::vector<int32_t> targets;
        for (int64_t t = 0; t < T; ++t) {
            targets.push_back(t % 5 == 3 ? -1 : static_cast<int32_t>(random.between(0, active - 1)));
        }
        expect_equal_everywhere("V=" + std::to_string(V),
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

TEST(Equality, WholeArrays) {
    Random random(16);
    for (const int64_t count : {1, 15, 16, 31, 33, 4097, 8192, 8193, 40001}) {
        const Floats a = random.values(count);
        const Floats b = random.values(count);
        const Floats c = random.values(count);
        Floats squares = random.values(count);
        for (float& x : squares)
            x *= x;
        const AdamWScalars scalars = adamw_scalars({}, 3e-4, 7, 0.8f);
        expect_equal_everywhere("count=" + std::to_string(count), [&](const Kernels& kernels) {
            Outputs outputs(9, empty(count));
            kernels.swiglu(outputs[0].data(), a.data(), b.data(), count);
            kernels.swiglu_gradient(outputs[1].data(), outputs[2].data(), c.data(), a.data(), b.data(),
                                    count);
            kernels.add(outputs[3].data(), a.data(), b.data(), count);
            kernels.subtract(outputs[4].data(), a.data(), b.data(), count);
            kernels.scale(outputs[5].data(), a.data(), 1.7f, count);
            outputs[6] = a;
            outputs[7] = b;
            outputs[8] = squares;
            kernels.adamw(outputs[6].data(), outputs[7].data(), outputs[8].data(), c.data(), count, scalars);
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

TEST(Equality, SumsOfMoreThanAChunkOfChunks) {
    Random random(17);
    const Floats x = random.values(k_reduce_chunk * 40 + 77);
    const int64_t count = static_cast<int64_t>(x.size());
    expect_equal_everywhere("sums", [&](const Kernels& kernels) {
        return Outputs{
            {kernels.sum(x.data(), count), kernels.sum_of_squares(x.data(), count), kernels.sum(nullptr, 0)}};
    });
}

TEST(Equality, OneInfinityOrNanIsFoundAnywhere) {
    for (const Machine& machine : machines()) {
        for (const int64_t count : {1, 16, 37}) {
            Floats x(static_cast<size_t>(count), -3e38f);
            EXPECT_TRUE(machine.kernels->all_finite(x.data(), count));
            for (float& place : x) {
                for (const float bad : {HUGE_VALF, -HUGE_VALF, std::bit_cast<float>(0x7fc00000u)}) {
                    const float before = place;
                    place = bad;
                    EXPECT_FALSE(machine.kernels->all_finite(x.data(), count)) << machine.name;
                    place = before;
                }
            }
        }
    }
}

}  // namespace
}  // namespace dure::trainer::testing
