// Llama in plain loops and double precision, written from its definition: what the fast model is compared
// with.
#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "trainer/model/layout.h"

namespace dure::trainer::testing {

class NaiveLlama {
  public:
    explicit NaiveLlama(const ModelConfig& config) : config_(config), layout_(make_layout(config)) {}

    /// Mean cross-entropy over windows [W, T + 1].
    double mean_loss(const std::vector<double>& parameters, std::span<const std::int32_t> windows,
                     std::size_t length) const {
        double sum = 0;
        std::size_t count = 0;
        for (std::size_t at = 0; at < windows.size(); at += length + 1) {
            const auto window = windows.subspan(at, length + 1);
            const auto logits = forward(parameters, window.first(length));
            for (std::size_t t = 0; t < length; ++t, ++count)
                sum += cross_entropy(logits[t], window[t + 1]);
        }
        return sum / static_cast<double>(count);
    }

  private:
    using Row = std::vector<double>;
    using Rows = std::vector<Row>;

    double cross_entropy(const Row& logits, std::int32_t target) const {
        double total = 0;
        for (std::size_t i = 0; i < config_.active_vocab; ++i)
            total += std::exp(logits[i]);
        return std::log(total) - logits[static_cast<std::size_t>(target)];
    }

    static Row product(const double* matrix, std::size_t rows, const Row& x) {
        Row out(rows, 0.0);
        for (std::size_t n = 0; n < rows; ++n) {
            for (std::size_t k = 0; k < x.size(); ++k)
                out[n] += matrix[n * x.size() + k] * x[k];
        }
        return out;
    }

    Row norm(const Row& x, const double* gain) const {
        double squares = 0;
        for (const double value : x)
            squares += value * value;
        const double inverse =
            1.0 / std::sqrt(squares / static_cast<double>(x.size()) + config_.norm_epsilon.exact());
        Row out(x.size());
        for (std::size_t i = 0; i < x.size(); ++i)
            out[i] = x[i] * inverse * gain[i];
        return out;
    }

    void rotate(Row& x, std::size_t heads, std::size_t position) const {
        const std::size_t half = config_.head_dim / 2;
        for (std::size_t h = 0; h < heads; ++h) {
            for (std::size_t i = 0; i < half; ++i) {
                const double angle =
                    static_cast<double>(position) *
                    std::pow(config_.rope_theta.exact(), -2.0 * static_cast<double>(i) / config_.head_dim);
                double& a = x[h * config_.head_dim + i];
                double& b = x[h * config_.head_dim + half + i];
                const double rotated = a * std::cos(angle) - b * std::sin(angle);
                b = a * std::sin(angle) + b * std::cos(angle);
                a = rotated;
            }
        }
    }

    Row attend(const Rows& q, const Rows& k, const Rows& v, std::size_t t) const {
        const std::size_t width = config_.head_dim;
        Row out(config_.heads * width, 0.0);
        for (std::size_t h = 0; h < config_.heads; ++h) {
            const std::size_t g = h / (config_.heads / config_.kv_heads);
            Row weights(t + 1);
            double total = 0;
            for (std::size_t s = 0; s <= t; ++s) {
                double score = 0;
                for (std::size_t i = 0; i < width; ++i)
                    score += q[t][h * width + i] * k[s][g * width + i];
                weights[s] = std::exp(score / std::sqrt(static_cast<double>(width)));
                total += weights[s];
            }
            for (std::size_t s = 0; s <= t; ++s) {
                for (std::size_t i = 0; i < width; ++i)
                    out[h * width + i] += weights[s] / total * v[s][g * width + i];
            }
        }
        return out;
    }

    static void add(Row& x, const Row& y) {
        for (std::size_t i = 0; i < x.size(); ++i)
            x[i] += y[i];
    }

    Rows forward(const std::vector<double>& p, std::span<const std::int32_t> ids) const {
        Rows x;
        for (const std::int32_t id : ids) {
            const double* row = p.data() + layout_.embedding + std::int64_t{id} * config_.dim;
            x.emplace_back(row, row + config_.dim);
        }
        for (const LayerOffsets& layer : layout_.layers) {
            Rows q, k, v;
            for (std::size_t t = 0; t < x.size(); ++t) {
                const Row h = norm(x[t], p.data() + layer.attention_norm);
                q.push_back(product(p.data() + layer.q, config_.heads * config_.head_dim, h));
                k.push_back(product(p.data() + layer.k, config_.kv_heads * config_.head_dim, h));
                v.push_back(product(p.data() + layer.v, config_.kv_heads * config_.head_dim, h));
                rotate(q.back(), config_.heads, t);
                rotate(k.back(), config_.kv_heads, t);
            }
            for (std::size_t t = 0; t < x.size(); ++t) {
                add(x[t], product(p.data() + layer.o, config_.dim, attend(q, k, v, t)));
                const Row h = norm(x[t], p.data() + layer.ffn_norm);
                Row gate = product(p.data() + layer.gate, config_.ffn, h);
                const Row up = product(p.data() + layer.up, config_.ffn, h);
                for (std::size_t i = 0; i < gate.size(); ++i)
                    gate[i] = gate[i] / (1.0 + std::exp(-gate[i])) * up[i];
                add(x[t], product(p.data() + layer.down, config_.dim, gate));
            }
        }
        Rows logits;
        for (const Row& row : x) {
            logits.push_back(
                product(p.data() + layout_.head, config_.vocab, norm(row, p.data() + layout_.final_norm)));
        }
        return logits;
    }

    ModelConfig config_;
    ParameterLayout layout_;
};

}  // namespace dure::trainer::testing
