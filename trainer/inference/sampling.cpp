#include "trainer/inference/sampling.h"

#include <algorithm>
#include <numeric>
#include <string>

#include "base/assert.h"
#include "base/codec.h"
#include "base/hash.h"

namespace dure::trainer {
namespace {

constexpr double k_one = 1099511627776.0;  // 2^40: probabilities as integers
constexpr std::uint32_t k_max_tokens_max = 1U << 20;
constexpr std::size_t k_stop_tokens_max = 64;
constexpr double k_temperature_max = 100.0;
constexpr double k_temperature_min = 1e-3;

std::int32_t greedy(std::span<const float> logits, std::int64_t active) {
    std::int32_t best = 0;
    for (std::int32_t id = 1; id < active; ++id) {
        if (logits[static_cast<std::size_t>(id)] > logits[static_cast<std::size_t>(best)]) best = id;
    }
    return best;
}

// 64 bits that depend on seed and position only.
std::uint64_t draw(std::uint64_t seed, std::uint64_t position) {
    static const TaggedHash hash("dure/sampling");
    Writer writer;
    writer.number(seed);
    writer.number(position);
    const Hash digest = hash(writer.bytes());
    std::uint64_t value = 0;
    Reader reader(digest.bytes);
    DURE_ASSERT(reader.number(value));
    return value;
}

// floor(a * b / 2^64)
std::uint64_t multiply_high(std::uint64_t a, std::uint64_t b) {
    const std::uint64_t a_low = a & 0xFFFFFFFFU;
    const std::uint64_t a_high = a >> 32U;
    const std::uint64_t b_low = b & 0xFFFFFFFFU;
    const std::uint64_t b_high = b >> 32U;
    const std::uint64_t middle = a_high * b_low + ((a_low * b_low) >> 32U);
    return a_high * b_high + (middle >> 32U) + ((a_low * b_high + (middle & 0xFFFFFFFFU)) >> 32U);
}

}  // namespace

Status SamplingParams::validate() const {
    const auto bad = [](const char* field, const std::string& value, const std::string& rule) {
        return Error{ErrorCode::out_of_range, std::string(field) + " is " + value + ", but must be " + rule};
    };
    if (max_tokens == 0 || max_tokens > k_max_tokens_max) {
        return bad("max_tokens", std::to_string(max_tokens), "1 to " + std::to_string(k_max_tokens_max));
    }
    const double heat = temperature.exact();
    if (heat != 0 && !(heat >= k_temperature_min && heat <= k_temperature_max)) {
        return bad("temperature", std::to_string(heat), "0, or 0.001 to 100");
    }
    if (!(top_p.exact() > 0 && top_p.exact() <= 1)) {
        return bad("top_p", std::to_string(top_p.exact()), "above 0 and at most 1");
    }
    if (stop_tokens.size() > k_stop_tokens_max) {
        return bad("the number of stop tokens", std::to_string(stop_tokens.size()), "at most 64");
    }
    return {};
}

std::int32_t sample_token(const Kernels& kernels, std::span<const float> logits, std::int64_t active,
                          const SamplingParams& params, std::uint64_t position, std::span<float> scratch) {
    DURE_ASSERT(active > 0 && static_cast<std::size_t>(active) <= logits.size() &&
                scratch.size() == logits.size());
    if (params.temperature.exact() == 0) return greedy(logits, active);
    const auto vocab = static_cast<std::int64_t>(logits.size());
    kernels.scale(scratch.data(), logits.data(), static_cast<float>(1.0 / params.temperature.exact()), vocab);
    kernels.softmax(scratch.data(), scratch.data(), 1, vocab, active);

    std::vector<std::uint64_t> weights(static_cast<std::size_t>(active));
    for (std::size_t i = 0; i < weights.size(); ++i) {
        weights[i] = static_cast<std::uint64_t>(static_cast<double>(scratch[i]) * k_one);
    }
    std::vector<std::int32_t> ranked(weights.size());
    std::iota(ranked.begin(), ranked.end(), 0);
    std::sort(ranked.begin(), ranked.end(), [&](std::int32_t a, std::int32_t b) {
        const std::uint64_t weight_a = weights[static_cast<std::size_t>(a)];
        const std::uint64_t weight_b = weights[static_cast<std::size_t>(b)];
        return weight_a != weight_b ? weight_a > weight_b : a < b;
    });

    const std::uint64_t total = std::accumulate(weights.begin(), weights.end(), std::uint64_t{0});
    const auto wanted = static_cast<std::uint64_t>(params.top_p.exact() * static_cast<double>(total));
    std::size_t kept = 0;
    std::uint64_t kept_weight = 0;
    while (kept < ranked.size() && (kept == 0 || kept_weight < wanted)) {
        kept_weight += weights[static_cast<std::size_t>(ranked[kept++])];
    }
    std::uint64_t point = multiply_high(draw(params.seed, position), kept_weight);
    for (std::size_t i = 0; i < kept; ++i) {
        const std::uint64_t weight = weights[static_cast<std::size_t>(ranked[i])];
        if (point < weight) return ranked[i];
        point -= weight;
    }
    return ranked[0];
}

}  // namespace dure::trainer
