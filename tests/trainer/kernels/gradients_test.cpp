// Each operator's gradient against central differences of the same operator evaluated in double.
#include <cmath>

#include "tests/trainer/kernels/machines.h"
#include "trainer/kernels/scalar_math.h"

namespace dure::trainer::testing {
namespace {

using Doubles = std::vector<double>;

Doubles widen(const Floats& x) {
    return Doubles(x.begin(), x.end());
}

double dot(const Doubles& a, const Floats& b) {
    double sum = 0.0;
    for (size_t i = 0; i < a.size(); ++i)
        sum += a[i] * static_cast<double>(b[i]);
    return sum;
}

// Expects `gradient` of loss(x) at x, for every element.
void expect_gradient(const Floats& gradient, const Floats& x,
                     const std::function<double(const Doubles&)>& loss, const std::string& what) {
    constexpr double k_step = 1e-5;
    Doubles at = widen(x);
    ASSERT_EQ(gradient.size(), x.size());
    for (size_t i = 0; i < x.size(); ++i) {
        const double middle = at[i];
        at[i] = middle + k_step;
        const double above = loss(at);
        at[i] = middle - k_step;
        const double below = loss(at);
        at[i] = middle;
        const double expected = (above - below) / (2.0 * k_step);
        EXPECT_NEAR(static_cast<double>(gradient[i]), expected, 2e-5 * (1.0 + std::fabs(expected)))
            << what << ", element " << i;
    }
}

TEST(Gradients, Product) {
    Random random(20);
    constexpr int64_t T = 5;
    constexpr int64_t N = 7;
    constexpr int64_t K = 6;
    const Floats x = random.units(T * K);
    const Floats w = random.units(N * K);
    const Floats dy = random.units(T * N);
    const auto product = [](const Doubles& x_in, const Doubles& w_in) {
        Doubles out(static_cast<size_t>(T * N));
        for (size_t t = 0; t < T; ++t) {
            for (size_t n = 0; n < N; ++n) {
                for (size_t k = 0; k < K; ++k)
                    out[t * N + n] += x_in[t * K + k] * w_in[n * K + k];
            }
        }
        return out;
    };
    Floats dx = empty(T * K);
    reference().matmul_input_gradient(dx.data(), dy.data(), w.data(), T, N, K);
    expect_gradient(
        dx, x, [&](const Doubles& at) { return dot(product(at, widen(w)), dy); }, "dx");
    Floats dw(static_cast<size_t>(N * K));
    reference().matmul_weight_gradient(dw.data(), dy.data(), x.data(), T, N, K);
    expect_gradient(
        dw, w, [&](const Doubles& at) { return dot(product(widen(x), at), dy); }, "dw");
}

TEST(Gradients, RmsNorm) {
    Random random(21);
    constexpr int64_t T = 3;
    constexpr int64_t C = 37;
    constexpr float k_epsilon = 1e-3f;
    const Floats x = random.units(T * C);
    const Floats gain = random.units(C);
    const Floats dy = random.units(T * C);
    const auto norm = [](const Doubles& x_in, const Doubles& gain_in) {
        Doubles out(x_in.size());
        for (size_t t = 0; t < T; ++t) {
            double squares = 0.0;
            for (size_t c = 0; c < C; ++c)
                squares += x_in[t * C + c] * x_in[t * C + c];
            const double rms = std::sqrt(squares / C + static_cast<double>(k_epsilon));
            for (size_t c = 0; c < C; ++c)
                out[t * C + c] = x_in[t * C + c] / rms * gain_in[c];
        }
        return out;
    };
    Floats out = empty(T * C);
    Floats inverse_rms = empty(T);
    reference().rms_norm(out.data(), inverse_rms.data(), x.data(), gain.data(), k_epsilon, T, C);
    Floats dx(static_cast<size_t>(T * C));
    Floats dgain(static_cast<size_t>(C));
    reference().rms_norm_gradient(dx.data(), dgain.data(), dy.data(), x.data(), gain.data(),
                                  inverse_rms.data(), T, C);
    expect_gradient(
        dx, x, [&](const Doubles& at) { return dot(norm(at, widen(gain)), dy); }, "dx");
    expect_gradient(
        dgain, gain, [&](const Doubles& at) { return dot(norm(widen(x), at), dy); }, "dgain");
}

TEST(Gradients, Rotation) {
    Random random(22);
    constexpr int64_t T = 4;
    constexpr int64_t k_head_dim = 6;
    const Floats x = random.units(T * k_head_dim);
    const Floats dy = random.units(T * k_head_dim);
    const RotaryTable table = make_rotary_table(T, k_head_dim, 100.0);
    const std::vector<int32_t> positions{0, 1, 2, 3};
    const auto rotate = [](const Doubles& in) {
        Doubles out(in.size());
        for (size_t t = 0; t < T; ++t) {
            for (size_t i = 0; i < k_head_dim / 2; ++i) {
                const double angle =
                    static_cast<double>(t) * std::pow(100.0, -2.0 * static_cast<double>(i) / k_head_dim);
                const size_t a = t * k_head_dim + i;
                const size_t b = a + k_head_dim / 2;
                out[a] = in[a] * std::cos(angle) - in[b] * std::sin(angle);
                out[b] = in[b] * std::cos(angle) + in[a] * std::sin(angle);
            }
        }
        return out;
    };
    Floats dx = dy;
    reference().rotate_back(dx.data(), table.cosines.data(), table.sines.data(), positions.data(), T, 1,
                            k_head_dim);
    expect_gradient(
        dx, x, [&](const Doubles& at) { return dot(rotate(at), dy); }, "dx");
}

TEST(Gradients, SwiGlu) {
    Random random(23);
    constexpr int64_t k_count = 40;
    Floats gate = random.units(k_count);
    for (float& x : gate)
        x *= 4.0f;
    const Floats up = random.units(k_count);
    const Floats dout = random.units(k_count);
    const auto swiglu = [](const Doubles& gate_in, const Doubles& up_in) {
        Doubles out(gate_in.size());
        for (size_t i = 0; i < out.size(); ++i)
            out[i] = gate_in[i] / (1.0 + std::exp(-gate_in[i])) * up_in[i];
        return out;
    };
    Floats dgate = empty(k_count);
    Floats dup = empty(k_count);
    reference().swiglu_gradient(dgate.data(), dup.data(), dout.data(), gate.data(), up.data(), k_count);
    expect_gradient(
        dgate, gate, [&](const Doubles& at) { return dot(swiglu(at, widen(up)), dout); }, "dgate");
    expect_gradient(
        dup, up, [&](const Doubles& at) { return dot(swiglu(widen(gate), at), dout); }, "dup");
}

Doubles attention_in_double(const Doubles& q, const Doubles& k, const Doubles& v,
                            const AttentionShape& shape) {
    const size_t S = static_cast<size_t>(shape.positions);
    const size_t H = static_cast<size_t>(shape.heads);
    const size_t G = static_cast<size_t>(shape.kv_heads);
    const size_t D = static_cast<size_t>(shape.head_dim);
    Doubles out(q.size());
    for (size_t row = 0; row < static_cast<size_t>(shape.sequences) * S * H; ++row) {
        const size_t h = row % H;
        const size_t t = row / H;
        const size_t position = t % S;
        Doubles p(position + 1);
        double sum = 0.0;
        const auto at = [&](size_t j, size_t d) { return ((t - position + j) * G + h / (H / G)) * D + d; };
        for (size_t j = 0; j <= position; ++j) {
            double score = 0.0;
            for (size_t d = 0; d < D; ++d)
                score += q[row * D + d] * k[at(j, d)];
            p[j] = std::exp(score / std::sqrt(static_cast<double>(D)));
            sum += p[j];
        }
        for (size_t j = 0; j <= position; ++j) {
            for (size_t d = 0; d < D; ++d)
                out[row * D + d] += p[j] / sum * v[at(j, d)];
        }
    }
    return out;
}

TEST(Gradients, Attention) {
    Random random(24);
    const AttentionShape shape{2, 7, 4, 2, 5};
    const int64_t T = shape.sequences * shape.positions;
    const int64_t q_size = T * shape.heads * shape.head_dim;
    const int64_t kv_size = T * shape.kv_heads * shape.head_dim;
    const Floats q = random.units(q_size);
    const Floats k = random.units(kv_size);
    const Floats v = random.units(kv_size);
    const Floats dout = random.units(q_size);
    Floats out = empty(q_size);
    Floats row_max = empty(T * shape.heads);
    Floats row_scale = row_max;
    reference().attention(out.data(), row_max.data(), row_scale.data(), q.data(), k.data(), v.data(), shape);
    const Doubles exact = attention_in_double(widen(q), widen(k), widen(v), shape);
    for (size_t i = 0; i < out.size(); ++i)
        EXPECT_NEAR(static_cast<double>(out[i]), exact[i], 1e-6);
    Floats dq = empty(q_size);
    Floats dk = empty(kv_size);
    Floats dv = dk;
    reference().attention_gradient(dq.data(), dk.data(), dv.data(), dout.data(), out.data(), q.data(),
                                   k.data(), v.data(), row_max.data(), row_scale.data(), shape);
    const auto loss = [&](const Doubles& q_in, const Doubles& k_in, const Doubles& v_in) {
        return dot(attention_in_double(q_in, k_in, v_in, shape), dout);
    };
    expect_gradient(
        dq, q, [&](const Doubles& at) { return loss(at, widen(k), widen(v)); }, "dq");
    expect_gradient(
        dk, k, [&](const Doubles& at) { return loss(widen(q), at, widen(v)); }, "dk");
    expect_gradient(
        dv, v, [&](const Doubles& at) { return loss(widen(q), widen(k), at); }, "dv");
}

TEST(Gradients, CrossEntropy) {
    Random random(25);
    constexpr int64_t T = 4;
    constexpr int64_t V = 11;
    constexpr int64_t k_active = 9;
    constexpr float k_scale = 0.25f;
    const Floats logits = random.units(T * V);
    const std::vector<int32_t> targets{3, -1, 8, 0};
    Floats loss = empty(T);
    Floats dlogits = empty(T * V);
    reference().cross_entropy(loss.data(), dlogits.data(), logits.data(), targets.data(), T, V, k_active,
                              k_scale);
    const auto exact = [&](const Doubles& in) {
        double total = 0.0;
        for (size_t t = 0; t < T; ++t) {
            if (targets[t] < 0) continue;
            double sum = 0.0;
            for (size_t j = 0; j < k_active; ++j)
                sum += std::exp(in[t * V + j]);
            total += std::log(sum) - in[t * V + static_cast<size_t>(targets[t])];
        }
        return total;
    };
    double total = 0.0;
    for (const float x : loss)
        total += static_cast<double>(x);
    EXPECT_NEAR(total, exact(widen(logits)), 1e-6);
    expect_gradient(
        dlogits, logits, [&](const Doubles& at) { return exact(at) * static_cast<double>(k_scale); },
        "dlogits");
}

TEST(Gradients, EmbeddingSumsWhatEachRowReceived) {
    const std::vector<int32_t> ids{2, 0, 2};
    const Floats dout{1.0f, 2.0f, 3.0f, 4.0f, 5.0f, 6.0f};
    Floats dtable(6);
    reference().embedding_gradient(dtable.data(), dout.data(), ids.data(), 3, 2);
    EXPECT_EQ(dtable, (Floats{3.0f, 4.0f, 0.0f, 0.0f, 6.0f, 8.0f}));
}

TEST(AdamW, FollowsTheTextbookInDouble) {
    Random random(26);
    constexpr int64_t k_count = 50;
    const AdamWSettings settings;
    constexpr double k_rate = 1e-2;
    Floats w = random.units(k_count);
    Floats m(k_count);
    Floats v(k_count);
    Doubles w_exact = widen(w);
    Doubles m_exact(k_count);
    Doubles v_exact(k_count);
    for (uint64_t step = 1; step <= 20; ++step) {
        const Floats g = random.units(k_count);
        reference().adamw(w.data(), m.data(), v.data(), g.data(), k_count,
                          adamw_scalars(settings, k_rate, step, 0.5f));
        for (size_t i = 0; i < k_count; ++i) {
            const double gradient = 0.5 * static_cast<double>(g[i]);
            m_exact[i] = settings.beta1 * m_exact[i] + (1.0 - settings.beta1) * gradient;
            v_exact[i] = settings.beta2 * v_exact[i] + (1.0 - settings.beta2) * gradient * gradient;
            const double m_hat = m_exact[i] / (1.0 - std::pow(settings.beta1, static_cast<double>(step)));
            const double v_hat = v_exact[i] / (1.0 - std::pow(settings.beta2, static_cast<double>(step)));
            w_exact[i] -=
                k_rate * (m_hat / (std::sqrt(v_hat) + settings.epsilon) + settings.weight_decay * w_exact[i]);
            EXPECT_NEAR(static_cast<double>(w[i]), w_exact[i], 1e-5);
        }
    }
}

}  // namespace
}  // namespace dure::trainer::testing
