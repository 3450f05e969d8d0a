#include "trainer/kernels/self_check.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <memory>
#include <utility>

#include "trainer/kernels/executor.h"
#include "trainer/kernels/host_arguments.h"
#include "trainer/kernels/scalar_math.h"
#include "trainer/kernels/splitmix.h"

namespace dure::trainer {
namespace {

using Floats = std::vector<float>;
using Outputs = std::vector<Floats>;

class Random : public SplitMix64 {
  public:
    using SplitMix64::SplitMix64;

    // In [-2, 2), one in sixteen subnormal.
    Floats floats(int64_t count) {
        Floats result(static_cast<size_t>(count));
        for (float& x : result) {
            const uint64_t bits = next();
            x = static_cast<float>(static_cast<int64_t>(bits >> 40) - (1 << 23)) * 0x1p-22f;
            if (bits % 16 == 0) x *= 0x1p-130f;
        }
        return result;
    }
    std::vector<int32_t> ids(int64_t count, int64_t below) {
        std::vector<int32_t> result;
        for (int64_t i = 0; i < count; ++i)
            result.push_back(static_cast<int32_t>(between(0, below - 1)));
        return result;
    }
};

class Checker {
  public:
    explicit Checker(const Kernels& kernels)
        : device_(with_host_arguments(kernels)), reference_(make_kernels(Isa::reference, executor_)) {}

    void compare(const std::string& name, const std::string& shape,
                 const std::function<Outputs(const Kernels&)>& compute) {
        if (checks_.empty() || checks_.back().name != name) checks_.push_back({name, 0, 0, ""});
        OperatorCheck& check = checks_.back();
        ++check.cases;
        const std::string difference = difference_of(compute(*reference_), compute(*device_));
        if (difference.empty()) return;
        ++check.unequal;
        if (check.first_difference.empty()) check.first_difference = shape + ": " + difference;
    }

    std::vector<OperatorCheck> results() && { return std::move(checks_); }

  private:
    static std::string difference_of(const Outputs& expected, const Outputs& actual) {
        for (size_t o = 0; o < expected.size(); ++o) {
            for (size_t i = 0; i < expected[o].size(); ++i) {
                if (std::bit_cast<uint32_t>(expected[o][i]) == std::bit_cast<uint32_t>(actual[o][i]))
                    continue;
                return "output " + std::to_string(o) + ", element " + std::to_string(i) + " is " +
                       std::to_string(actual[o][i]) + ", the reference says " +
                       std::to_string(expected[o][i]);
            }
        }
        return "";
    }

    SerialExecutor executor_;
    std::unique_ptr<Kernels> device_;
    std::unique_ptr<Kernels> reference_;
    std::vector<OperatorCheck> checks_;
};

std::string text(std::initializer_list<int64_t> sizes) {
    std::string result;
    for (const int64_t size : sizes)
        result += (result.empty() ? "" : " x ") + std::to_string(size);
    return result;
}

void check_products(Checker& checker, Random& random) {
    const int64_t fixed[][3] = {{1, 65, 700}, {8, 33, 257}, {128, 256, 64}, {1100, 36, 40}, {65, 130, 67}};
    for (int64_t i = 0; i < 16; ++i) {
        const auto size = [&](int64_t at) { return i < 5 ? fixed[i][at] : random.between(1, 150); };
        const int64_t T = size(0);
        const int64_t N = size(1);
        const int64_t K = size(2);
        const Floats x = random.floats(T * K);
        const Floats w = random.floats(N * K);
        const Floats dy = random.floats(T * N);
        const Floats before_dw = random.floats(N * K);
        checker.compare("products", text({T, N, K}), [&](const Kernels& kernels) {
            Outputs outputs{dy, x, before_dw, Floats(dy.size()), Floats(x.size())};
            kernels.matmul(outputs[0].data(), x.data(), w.data(), T, N, K, Store::add);
            kernels.matmul_input_gradient(outputs[1].data(), dy.data(), w.data(), T, N, K, Store::add);
            kernels.matmul_weight_gradient(outputs[2].data(), dy.data(), x.data(), T, N, K);
            kernels.matmul(outputs[3].data(), x.data(), w.data(), T, N, K);
            kernels.matmul_input_gradient(outputs[4].data(), dy.data(), w.data(), T, N, K);
            return outputs;
        });
    }
}

void check_rows(Checker& checker, Random& random) {
    const int64_t shapes[][2] = {{1, 1}, {7, 33}, {600, 48}, {1030, 65}, {2, 9000}};
    for (const auto& [T, C] : shapes) {
        const Floats x = random.floats(T * C);
        const Floats gain = random.floats(C);
        const Floats dy = random.floats(T * C);
        checker.compare("rms norm", text({T, C}), [&, T = T, C = C](const Kernels& kernels) {
            Outputs outputs{Floats(x.size()), Floats(static_cast<size_t>(T)), x, gain};
            kernels.rms_norm(outputs[0].data(), outputs[1].data(), x.data(), gain.data(), 1e-5f, T, C);
            kernels.rms_norm_gradient(outputs[2].data(), outputs[3].data(), dy.data(), x.data(), gain.data(),
                                      outputs[1].data(), T, C);
            return outputs;
        });
    }
    for (const int64_t head_dim : {2, 10, 64}) {
        const int64_t T = 40;
        const int64_t heads = 3;
        const RotaryTable table = make_rotary_table(T, head_dim, 10000.0);
        const std::vector<int32_t> positions = random.ids(T, T);
        const Floats x = random.floats(T * heads * head_dim);
        checker.compare("rotary positions", text({T, heads, head_dim}), [&](const Kernels& kernels) {
            Outputs outputs{x, x};
            kernels.rotate(outputs[0].data(), table.cosines.data(), table.sines.data(), positions.data(), T,
                           heads, head_dim);
            kernels.rotate_back(outputs[1].data(), table.cosines.data(), table.sines.data(), positions.data(),
                                T, heads, head_dim);
            return outputs;
        });
    }
    for (const int64_t C : {1, 33, 200}) {
        const int64_t T = 300;
        const int64_t rows = 20;
        const std::vector<int32_t> ids = random.ids(T, rows);
        const Floats table = random.floats(rows * C);
        const Floats dout = random.floats(T * C);
        checker.compare("embedding", text({T, C}), [&](const Kernels& kernels) {
            Outputs outputs{Floats(dout.size()), table};
            kernels.embedding(outputs[0].data(), table.data(), ids.data(), T, C);
            kernels.embedding_gradient(outputs[1].data(), dout.data(), ids.data(), T, C);
            return outputs;
        });
    }
    const int64_t logit_shapes[][3] = {{1, 1, 1}, {50, 100, 90}, {3, 20000, 19999}};
    for (const auto& [T, V, active] : logit_shapes) {
        const Floats logits = random.floats(T * V);
        std::vector<int32_t> targets = random.ids(T, active);
        targets.back() = T > 1 ? -1 : 0;
        checker.compare(
            "cross-entropy", text({T, V}), [&, T = T, V = V, active = active](const Kernels& kernels) {
                Outputs outputs{Floats(logits.size()), Floats(static_cast<size_t>(T)), Floats(logits.size())};
                kernels.softmax(outputs[0].data(), logits.data(), T, V, active);
                kernels.cross_entropy(outputs[1].data(), outputs[2].data(), logits.data(), targets.data(), T,
                                      V, active, 0.3f);
                return outputs;
            });
    }
}

void check_attention(Checker& checker, Random& random) {
    const AttentionShape shapes[] = {{1, 1, 1, 1, 2},    {3, 70, 6, 2, 10},  {2, 64, 4, 4, 32},
                                     {1, 200, 4, 2, 64}, {1, 90, 2, 1, 128}, {1, 40, 2, 1, 256},
                                     {1, 600, 2, 1, 16}};
    for (const AttentionShape& shape : shapes) {
        const int64_t T = shape.sequences * shape.positions;
        const auto rows = static_cast<size_t>(T * shape.heads);
        const Floats q = random.floats(T * shape.heads * shape.head_dim);
        const Floats k = random.floats(T * shape.kv_heads * shape.head_dim);
        const Floats v = random.floats(T * shape.kv_heads * shape.head_dim);
        const Floats dout = random.floats(T * shape.heads * shape.head_dim);
        checker.compare(
            "attention", text({shape.sequences, shape.positions, shape.heads, shape.head_dim}),
            [&](const Kernels& kernels) {
                Outputs o{Floats(q.size()), Floats(rows),     Floats(rows),
                          Floats(q.size()), Floats(k.size()), Floats(k.size())};
                kernels.attention(o[0].data(), o[1].data(), o[2].data(), q.data(), k.data(), v.data(), shape);
                kernels.attention_gradient(o[3].data(), o[4].data(), o[5].data(), dout.data(), o[0].data(),
                                           q.data(), k.data(), v.data(), o[1].data(), o[2].data(), shape);
                return o;
            });
    }
    for (const int64_t queries : {1, 5, 70}) {
        const int64_t first = 130;
        const int64_t heads = 4;
        const int64_t kv_heads = 2;
        const int64_t head_dim = 24;
        const Floats q = random.floats(queries * heads * head_dim);
        const Floats k = random.floats((first + queries) * kv_heads * head_dim);
        const Floats v = random.floats((first + queries) * kv_heads * head_dim);
        checker.compare("attention with a cache", text({queries, first}), [&](const Kernels& kernels) {
            Outputs outputs{Floats(q.size())};
            const CachedQueries item{outputs[0].data(), q.data(), k.data(), v.data(), first, queries};
            kernels.attention_cached(&item, 1, heads, kv_heads, head_dim);
            return outputs;
        });
    }
}

void check_arrays(Checker& checker, Random& random) {
    const AdamWScalars scalars = adamw_scalars({}, 3e-4, 7, 0.8f);
    for (const int64_t count : {1, 33, 8193, 400077}) {
        const Floats a = random.floats(count);
        const Floats b = random.floats(count);
        const Floats c = random.floats(count);
        const auto size = static_cast<size_t>(count);
        checker.compare("swiglu", text({count}), [&](const Kernels& kernels) {
            Outputs outputs(3, Floats(size));
            kernels.swiglu(outputs[0].data(), a.data(), b.data(), count);
            kernels.swiglu_gradient(outputs[1].data(), outputs[2].data(), c.data(), a.data(), b.data(),
                                    count);
            return outputs;
        });
    }
    for (const int64_t count : {1, 33, 8193, 400077}) {
        const Floats a = random.floats(count);
        const Floats b = random.floats(count);
        Floats squares = b;
        for (float& x : squares)
            x *= x;
        checker.compare("optimizer and sums", text({count}), [&](const Kernels& kernels) {
            Outputs outputs{a, b, squares, Floats(2), Floats(a.size()), Floats(a.size()), Floats(a.size())};
            kernels.clip(outputs[3].data(), b.data(), count, 0.5);
            kernels.adamw_clipped(outputs[0].data(), outputs[1].data(), outputs[2].data(), a.data(), count,
                                  scalars, &outputs[3][1]);
            kernels.adamw(outputs[0].data(), outputs[1].data(), outputs[2].data(), b.data(), count, scalars);
            kernels.add(outputs[4].data(), a.data(), b.data(), count);
            kernels.subtract(outputs[5].data(), a.data(), b.data(), count);
            kernels.scale(outputs[6].data(), a.data(), 1.7f, count);
            outputs.push_back({kernels.sum(a.data(), count), kernels.sum_of_squares(a.data(), count),
                               kernels.all_finite(a.data(), count) ? 1.0f : 0.0f});
            return outputs;
        });
    }
    Floats all;
    for (uint64_t bits = 0; bits < (uint64_t{1} << 32); bits += 20011) {
        const float value = std::bit_cast<float>(static_cast<uint32_t>(bits));
        if (std::isfinite(value)) all.push_back(value);
    }
    const auto count = static_cast<int64_t>(all.size());
    Floats positive = all;
    for (float& x : positive)
        x = std::fabs(x);
    checker.compare("elementary functions", text({count}), [&](const Kernels& kernels) {
        Outputs outputs(4, Floats(all.size()));
        kernels.exp(outputs[0].data(), all.data(), count);
        kernels.log(outputs[1].data(), positive.data(), count);
        kernels.sigmoid(outputs[2].data(), all.data(), count);
        kernels.tanh(outputs[3].data(), all.data(), count);
        return outputs;
    });
}

}  // namespace

std::vector<OperatorCheck> check_operators(const Kernels& kernels) {
    Checker checker(kernels);
    Random random(1);
    check_products(checker, random);
    check_rows(checker, random);
    check_attention(checker, random);
    check_arrays(checker, random);
    return std::move(checker).results();
}

}  // namespace dure::trainer
