// The floor of `tools/figures training`: the same model and the same optimizer step in plain loops, one thread, as a C++
// programmer writes them down from the formulas and a compiler turns them into what it can (-O3 -march=native). It uses
// nothing of Dure, and speaks as train_pytorch.py does.
//
// Arguments: vocab dim layers heads ffn sequence batch. Says "ready COUNT" with the number of parameters; then, for each
// line on standard input, runs one step (forward, backward, clipping, AdamW) and says its wall and CPU seconds and its loss.
#include <time.h>

#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>
#include <vector>

namespace {

using Floats = std::vector<float>;

// A parameter with its gradient and moments.
struct Parameter {
    Floats value, gradient, first, second;

    Parameter(std::size_t count, float deviation, std::mt19937& random)
        : value(count, 1.0F), gradient(count), first(count), second(count) {
        std::normal_distribution<float> normal(0.0F, deviation);
        for (float& x : value)
            if (deviation > 0.0F) x = normal(random);
    }
};

struct Sizes {
    std::size_t vocab, dim, layers, heads, ffn, sequence, batch;
    std::size_t tokens() const { return batch * sequence; }
};

// out [T, N] = x [T, K] * w [N, K]^T
void product(Floats& out, const Floats& x, const Floats& w, std::size_t T, std::size_t N, std::size_t K) {
    for (std::size_t t = 0; t < T; ++t) {
        for (std::size_t n = 0; n < N; ++n) {
            float sum = 0.0F;
            for (std::size_t k = 0; k < K; ++k)
                sum += x[t * K + k] * w[n * K + k];
            out[t * N + n] = sum;
        }
    }
}

// dx [T, K] += dy [T, N] * w [N, K], and dw += dy^T * x
void product_gradient(Floats& dx, Parameter& w, const Floats& dy, const Floats& x, std::size_t T,
                      std::size_t N, std::size_t K) {
    for (std::size_t t = 0; t < T; ++t) {
        for (std::size_t n = 0; n < N; ++n) {
            const float d = dy[t * N + n];
            for (std::size_t k = 0; k < K; ++k)
                dx[t * K + k] += d * w.value[n * K + k];
        }
    }
    for (std::size_t n = 0; n < N; ++n) {
        for (std::size_t t = 0; t < T; ++t) {
            const float d = dy[t * N + n];
            for (std::size_t k = 0; k < K; ++k)
                w.gradient[n * K + k] += d * x[t * K + k];
        }
    }
}

void norm(Floats& out, Floats& inverse, const Floats& x, const Floats& gain, std::size_t T, std::size_t C) {
    for (std::size_t t = 0; t < T; ++t) {
        float sum = 0.0F;
        for (std::size_t c = 0; c < C; ++c)
            sum += x[t * C + c] * x[t * C + c];
        inverse[t] = 1.0F / std::sqrt(sum / static_cast<float>(C) + 1e-5F);
        for (std::size_t c = 0; c < C; ++c)
            out[t * C + c] = x[t * C + c] * inverse[t] * gain[c];
    }
}

// dx += ...
void norm_gradient(Floats& dx, Parameter& gain, const Floats& dy, const Floats& x, const Floats& inverse,
                   std::size_t T, std::size_t C) {
    for (std::size_t t = 0; t < T; ++t) {
        const float i = inverse[t];
        float mean = 0.0F;
        for (std::size_t c = 0; c < C; ++c) {
            mean += dy[t * C + c] * gain.value[c] * x[t * C + c] * i;
            gain.gradient[c] += dy[t * C + c] * x[t * C + c] * i;
        }
        mean /= static_cast<float>(C);
        for (std::size_t c = 0; c < C; ++c)
            dx[t * C + c] += (dy[t * C + c] * gain.value[c] - mean * x[t * C + c] * i) * i;
    }
}

// In place; `sign` -1 turns back.
void rotate(Floats& x, const Sizes& s, float sign) {
    const std::size_t half = s.dim / s.heads / 2;
    for (std::size_t t = 0; t < s.tokens(); ++t) {
        for (std::size_t j = 0; j < half; ++j) {
            const double angle = static_cast<double>(t % s.sequence) *
                                 std::pow(10000.0, -static_cast<double>(j) / static_cast<double>(half));
            const auto c = static_cast<float>(std::cos(angle));
            const auto d = sign * static_cast<float>(std::sin(angle));
            for (std::size_t h = 0; h < s.heads; ++h) {
                float& a = x[t * s.dim + h * 2 * half + j];
                float& b = x[t * s.dim + h * 2 * half + half + j];
                const float first = a * c - b * d;
                b = b * c + a * d;
                a = first;
            }
        }
    }
}

struct Layer {
    Parameter attention_norm, q, k, v, o, ffn_norm, gate, up, down;
    Floats in, inverse, normed, queries, keys, values, weights, attended, middle, ffn_inverse, ffn_normed,
        gates, ups, activated;

    Layer(const Sizes& s, std::mt19937& random)
        : attention_norm(s.dim, 0.0F, random),
          q(s.dim * s.dim, 0.02F, random),
          k(s.dim * s.dim, 0.02F, random),
          v(s.dim * s.dim, 0.02F, random),
          o(s.dim * s.dim, 0.02F, random),
          ffn_norm(s.dim, 0.0F, random),
          gate(s.ffn * s.dim, 0.02F, random),
          up(s.ffn * s.dim, 0.02F, random),
          down(s.dim * s.ffn, 0.02F, random) {
        const std::size_t T = s.tokens();
        for (Floats* rows : {&in, &normed, &queries, &keys, &values, &attended, &middle, &ffn_normed})
            rows->resize(T * s.dim);
        for (Floats* rows : {&gates, &ups, &activated})
            rows->resize(T * s.ffn);
        inverse.resize(T);
        ffn_inverse.resize(T);
        weights.resize(T * s.heads * s.sequence);
    }

    std::vector<Parameter*> parameters() {
        return {&attention_norm, &q, &k, &v, &o, &ffn_norm, &gate, &up, &down};
    }

    void attend(const Sizes& s) {
        const std::size_t D = s.dim / s.heads;
        const float scale = 1.0F / std::sqrt(static_cast<float>(D));
        for (std::size_t t = 0; t < s.tokens(); ++t) {
            const std::size_t first = t - t % s.sequence;
            for (std::size_t h = 0; h < s.heads; ++h) {
                float* const p = &weights[(t * s.heads + h) * s.sequence];
                const float* const query = &queries[t * s.dim + h * D];
                float max = -INFINITY;
                for (std::size_t j = 0; first + j <= t; ++j) {
                    const float* const key = &keys[(first + j) * s.dim + h * D];
                    float score = 0.0F;
                    for (std::size_t d = 0; d < D; ++d)
                        score += query[d] * key[d];
                    p[j] = score * scale;
                    max = std::max(max, p[j]);
                }
                float sum = 0.0F;
                for (std::size_t j = 0; first + j <= t; ++j) {
                    p[j] = std::exp(p[j] - max);
                    sum += p[j];
                }
                float* const out = &attended[t * s.dim + h * D];
                for (std::size_t d = 0; d < D; ++d)
                    out[d] = 0.0F;
                for (std::size_t j = 0; first + j <= t; ++j) {
                    p[j] /= sum;
                    const float* const value = &values[(first + j) * s.dim + h * D];
                    for (std::size_t d = 0; d < D; ++d)
                        out[d] += p[j] * value[d];
                }
            }
        }
    }

    void attend_gradient(Floats& dq, Floats& dk, Floats& dv, const Floats& dout, const Sizes& s) const {
        const std::size_t D = s.dim / s.heads;
        const float scale = 1.0F / std::sqrt(static_cast<float>(D));
        Floats dp(s.sequence);
        for (std::size_t t = 0; t < s.tokens(); ++t) {
            const std::size_t first = t - t % s.sequence;
            for (std::size_t h = 0; h < s.heads; ++h) {
                const float* const p = &weights[(t * s.heads + h) * s.sequence];
                const float* const d_row = &dout[t * s.dim + h * D];
                float delta = 0.0F;
                for (std::size_t j = 0; first + j <= t; ++j) {
                    const float* const value = &values[(first + j) * s.dim + h * D];
                    float* const d_value = &dv[(first + j) * s.dim + h * D];
                    dp[j] = 0.0F;
                    for (std::size_t d = 0; d < D; ++d) {
                        dp[j] += d_row[d] * value[d];
                        d_value[d] += p[j] * d_row[d];
                    }
                    delta += p[j] * dp[j];
                }
                for (std::size_t j = 0; first + j <= t; ++j) {
                    const float slope = p[j] * (dp[j] - delta) * scale;
                    const std::size_t at = (first + j) * s.dim + h * D;
                    for (std::size_t d = 0; d < D; ++d) {
                        dq[t * s.dim + h * D + d] += slope * keys[at + d];
                        dk[at + d] += slope * queries[t * s.dim + h * D + d];
                    }
                }
            }
        }
    }

    // x [T, dim], in place
    void forward(Floats& x, const Sizes& s) {
        const std::size_t T = s.tokens();
        in = x;
        norm(normed, inverse, x, attention_norm.value, T, s.dim);
        product(queries, normed, q.value, T, s.dim, s.dim);
        product(keys, normed, k.value, T, s.dim, s.dim);
        product(values, normed, v.value, T, s.dim, s.dim);
        rotate(queries, s, 1.0F);
        rotate(keys, s, 1.0F);
        attend(s);
        product(middle, attended, o.value, T, s.dim, s.dim);
        for (std::size_t i = 0; i < x.size(); ++i)
            middle[i] += x[i];
        norm(ffn_normed, ffn_inverse, middle, ffn_norm.value, T, s.dim);
        product(gates, ffn_normed, gate.value, T, s.ffn, s.dim);
        product(ups, ffn_normed, up.value, T, s.ffn, s.dim);
        for (std::size_t i = 0; i < gates.size(); ++i)
            activated[i] = gates[i] / (1.0F + std::exp(-gates[i])) * ups[i];
        product(x, activated, down.value, T, s.dim, s.ffn);
        for (std::size_t i = 0; i < x.size(); ++i)
            x[i] += middle[i];
    }

    // d [T, dim]: of the layer's result, becomes that of its input
    void backward(Floats& d, const Sizes& s) {
        const std::size_t T = s.tokens();
        Floats d_wide(T * s.ffn), d_gate(T * s.ffn), d_normed(T * s.dim), d_attended(T * s.dim);
        product_gradient(d_wide, down, d, activated, T, s.dim, s.ffn);
        for (std::size_t i = 0; i < gates.size(); ++i) {
            const float sigmoid = 1.0F / (1.0F + std::exp(-gates[i]));
            d_gate[i] = d_wide[i] * ups[i] * sigmoid * (1.0F + gates[i] * (1.0F - sigmoid));
            d_wide[i] *= gates[i] * sigmoid;
        }
        product_gradient(d_normed, gate, d_gate, ffn_normed, T, s.ffn, s.dim);
        product_gradient(d_normed, up, d_wide, ffn_normed, T, s.ffn, s.dim);
        norm_gradient(d, ffn_norm, d_normed, middle, ffn_inverse, T, s.dim);
        product_gradient(d_attended, o, d, attended, T, s.dim, s.dim);
        Floats dq(T * s.dim), dk(T * s.dim), dv(T * s.dim);
        attend_gradient(dq, dk, dv, d_attended, s);
        rotate(dq, s, -1.0F);
        rotate(dk, s, -1.0F);
        d_normed.assign(T * s.dim, 0.0F);
        product_gradient(d_normed, q, dq, normed, T, s.dim, s.dim);
        product_gradient(d_normed, k, dk, normed, T, s.dim, s.dim);
        product_gradient(d_normed, v, dv, normed, T, s.dim, s.dim);
        norm_gradient(d, attention_norm, d_normed, in, inverse, T, s.dim);
    }
};

class Model {
  public:
    explicit Model(const Sizes& sizes)
        : s_(sizes), embedding_(s_.vocab * s_.dim, 0.02F, random_), final_norm_(s_.dim, 0.0F, random_) {
        for (std::size_t i = 0; i < s_.layers; ++i)
            layers_.emplace_back(s_, random_);
        for (std::size_t i = 0; i < s_.batch * (s_.sequence + 1); ++i)
            windows_.push_back(random_() % s_.vocab);
        all_ = {&embedding_, &final_norm_};
        for (Layer& layer : layers_)
            for (Parameter* parameter : layer.parameters())
                all_.push_back(parameter);
    }

    std::size_t parameters() const {
        std::size_t count = 0;
        for (const Parameter* parameter : all_)
            count += parameter->value.size();
        return count;
    }

    // Returns the mean loss.
    float step() {
        const std::size_t T = s_.tokens();
        for (Parameter* parameter : all_)
            parameter->gradient.assign(parameter->gradient.size(), 0.0F);
        Floats x(T * s_.dim), normed(T * s_.dim), inverse(T), logits(T * s_.vocab);
        for (std::size_t t = 0; t < T; ++t)
            for (std::size_t c = 0; c < s_.dim; ++c)
                x[t * s_.dim + c] = embedding_.value[token(t, 0) * s_.dim + c];
        for (Layer& layer : layers_)
            layer.forward(x, s_);
        norm(normed, inverse, x, final_norm_.value, T, s_.dim);
        product(logits, normed, embedding_.value, T, s_.vocab, s_.dim);
        const float loss = cross_entropy(logits);
        Floats d_normed(T * s_.dim), d(T * s_.dim);
        product_gradient(d_normed, embedding_, logits, normed, T, s_.vocab, s_.dim);
        norm_gradient(d, final_norm_, d_normed, x, inverse, T, s_.dim);
        for (std::size_t i = layers_.size(); i-- > 0;)
            layers_[i].backward(d, s_);
        for (std::size_t t = 0; t < T; ++t)
            for (std::size_t c = 0; c < s_.dim; ++c)
                embedding_.gradient[token(t, 0) * s_.dim + c] += d[t * s_.dim + c];
        update();
        return loss;
    }

  private:
    std::size_t token(std::size_t t, std::size_t behind) const {
        return windows_[t / s_.sequence * (s_.sequence + 1) + t % s_.sequence + behind];
    }

    // logits become their gradient
    float cross_entropy(Floats& logits) const {
        const std::size_t T = s_.tokens();
        float loss = 0.0F;
        for (std::size_t t = 0; t < T; ++t) {
            float* const row = &logits[t * s_.vocab];
            float max = -INFINITY;
            for (std::size_t j = 0; j < s_.vocab; ++j)
                max = std::max(max, row[j]);
            const float target = row[token(t, 1)];
            float sum = 0.0F;
            for (std::size_t j = 0; j < s_.vocab; ++j) {
                row[j] = std::exp(row[j] - max);
                sum += row[j];
            }
            loss += std::log(sum) - (target - max);
            for (std::size_t j = 0; j < s_.vocab; ++j)
                row[j] /= sum * static_cast<float>(T);
            row[token(t, 1)] -= 1.0F / static_cast<float>(T);
        }
        return loss / static_cast<float>(T);
    }

    void update() {
        ++steps_;
        double squares = 0.0;
        for (const Parameter* parameter : all_)
            for (const float g : parameter->gradient)
                squares += static_cast<double>(g) * static_cast<double>(g);
        const float clip = squares > 1.0 ? static_cast<float>(1.0 / std::sqrt(squares)) : 1.0F;
        const float bias_1 = 1.0F / (1.0F - std::pow(0.9F, static_cast<float>(steps_)));
        const float bias_2 = 1.0F / (1.0F - std::pow(0.95F, static_cast<float>(steps_)));
        for (Parameter* p : all_) {
            for (std::size_t i = 0; i < p->value.size(); ++i) {
                const float g = p->gradient[i] * clip;
                p->first[i] = 0.9F * p->first[i] + 0.1F * g;
                p->second[i] = 0.95F * p->second[i] + 0.05F * g * g;
                const float u = p->first[i] * bias_1 / (std::sqrt(p->second[i] * bias_2) + 1e-8F);
                p->value[i] -= 1e-4F * (u + 0.1F * p->value[i]);
            }
        }
    }

    Sizes s_;
    std::mt19937 random_{1};
    Parameter embedding_, final_norm_;
    std::vector<Layer> layers_;
    std::vector<std::size_t> windows_;
    std::vector<Parameter*> all_;
    int steps_ = 0;
};

double seconds(clockid_t clock) {
    timespec time{};
    clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 8) return 2;
    std::size_t numbers[7];
    for (int i = 0; i < 7; ++i)
        numbers[i] = std::strtoul(arguments[i + 1], nullptr, 10);
    Model model({numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5], numbers[6]});
    std::cout << "ready " << model.parameters() << std::endl;
    for (std::string line; std::getline(std::cin, line);) {
        const double wall = seconds(CLOCK_MONOTONIC);
        const double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
        const float loss = model.step();
        std::cout << seconds(CLOCK_MONOTONIC) - wall << ' ' << seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu << ' '
                  << loss << std::endl;
    }
}
