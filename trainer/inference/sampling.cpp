#include "trainer/inference/sampling.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <optional>
#include <string>

#include "base/assert.h"
#include "base/codec.h"
#include "base/hash.h"

namespace dure::trainer {
namespace {

constexpr double k_one = 1099511627776.0;  // 2^40: probabilities as integers
constexpr std::uint32_t k_max_tokens_max = 1U << 20;
constexpr std::uint32_t k_max_top_k = 1U << 20;
constexpr std::size_t k_stop_tokens_max = 64;
constexpr double k_temperature_max = 100.0;
constexpr double k_temperature_min = 1e-3;

std::int32_t greedy(const float* logits, std::int64_t active) {
    std::int32_t best = 0;
    for (std::int32_t id = 1; id < active; ++id) {
        if (logits[id] > logits[best]) best = id;
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

// A token and its weight in one number, so that a greater key ranks first: by weight, then by the lower id.
constexpr unsigned k_id_bits = 20;
constexpr std::uint64_t k_id_mask = (std::uint64_t{1} << k_id_bits) - 1;

std::uint64_t weight_of(float probability) {
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(static_cast<double>(probability) * k_one));
}
std::uint64_t key_of(std::uint64_t weight, std::int64_t id) {
    return weight << k_id_bits | (k_id_mask - static_cast<std::uint64_t>(id));
}
std::uint64_t weight_of_key(std::uint64_t key) {
    return key >> k_id_bits;
}
std::int32_t id_of_key(std::uint64_t key) {
    return static_cast<std::int32_t>(k_id_mask - (key & k_id_mask));
}

std::uint64_t weight_of_all(std::span<const std::uint64_t> keys) {
    std::uint64_t sum = 0;
    for (const std::uint64_t key : keys)
        sum += weight_of_key(key);
    return sum;
}

// Where `point` falls if the keys, in the order of their rank, stand side by side, each as wide as its weight.
struct Place {
    std::uint64_t key = 0;
    std::uint64_t end = 0;  // of that key
};

// Needs point < weight_of_all(keys). Reorders them. Selects instead of sorting: a sorted vocabulary costs more than a
// small model's forward pass.
Place locate(std::span<std::uint64_t> keys, std::uint64_t point) {
    std::uint64_t before = 0;  // the weight of what ranks before all of `keys`
    while (true) {
        DURE_ASSERT(!keys.empty());
        const std::uint64_t a = keys.front();
        const std::uint64_t b = keys[keys.size() / 2];
        const std::uint64_t c = keys.back();
        const std::uint64_t pivot = std::max(std::min(a, b), std::min(std::max(a, b), c));
        std::size_t greater = 0;
        std::uint64_t weight = 0;
        for (std::size_t i = 0; i < keys.size(); ++i) {
            const std::uint64_t key = keys[i];
            const bool ranks_before = key > pivot;
            keys[i] = keys[greater];
            keys[greater] = key;
            greater += ranks_before ? 1 : 0;
            weight += ranks_before ? weight_of_key(key) : 0;
        }
        if (point < before + weight) {
            keys = keys.first(greater);
            continue;
        }
        before += weight;
        const std::uint64_t end = before + weight_of_key(pivot);
        if (point < end) return {pivot, end};
        before = end;
        keys = keys.subspan(greater);
        std::iter_swap(std::find(keys.begin(), keys.end(), pivot), keys.end() - 1);
        keys = keys.first(keys.size() - 1);
    }
}

// The token that `number` points at among the candidates, which rank before all others; none if they are too few to
// tell. `all` is the weight of all tokens.
std::optional<std::int32_t> choose(std::span<std::uint64_t> candidates, bool complete, std::uint64_t all,
                                   const SamplingParams& params, std::uint64_t number) {
    if (params.top_k != 0) {
        if (candidates.size() < params.top_k && !complete) return std::nullopt;
        if (candidates.size() > params.top_k) {
            const auto end = candidates.begin() + params.top_k;
            std::nth_element(candidates.begin(), end, candidates.end(), std::greater<>());
            candidates = candidates.first(params.top_k);
        }
    }
    const std::uint64_t known = weight_of_all(candidates);
    const std::uint64_t total = params.top_k != 0 ? known : all;
    std::uint64_t kept_weight = total;
    if (params.top_p.exact() < 1) {
        const auto wanted = static_cast<std::uint64_t>(params.top_p.exact() * static_cast<double>(total));
        const std::uint64_t last = std::max<std::uint64_t>(wanted, 1) - 1;
        if (last >= known) return std::nullopt;
        kept_weight = locate(candidates, last).end;
    }
    const std::uint64_t point = multiply_high(number, kept_weight);
    if (point >= known) return std::nullopt;
    return id_of_key(locate(candidates, point).key);
}

std::int32_t sample_row(const float* probabilities, std::int64_t active, const Choice& choice) {
    thread_local std::vector<std::uint64_t> keys;
    keys.resize(static_cast<std::size_t>(active));
    std::uint64_t all = 0;
    for (std::int64_t id = 0; id < active; ++id)
        all += weight_of(probabilities[id]);
    const std::uint64_t number = draw(choice.params->seed, choice.position);
    // Mostly few tokens matter: first without those of a small weight, then with all that have one.
    for (const unsigned shift : {12U, 63U}) {
        const std::uint64_t weight_min = std::max<std::uint64_t>(all >> shift, 1);
        std::size_t count = 0;
        for (std::int64_t id = 0; id < active; ++id) {
            const std::uint64_t weight = weight_of(probabilities[id]);
            keys[count] = key_of(weight, id);
            count += weight >= weight_min ? 1 : 0;
        }
        const bool complete = weight_min == 1;
        const auto token = choose(std::span(keys).first(count), complete, all, *choice.params, number);
        if (token) return *token;
        DURE_ASSERT(!complete);
    }
    return 0;
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
    if (top_k > k_max_top_k)
        return bad("top_k", std::to_string(top_k), "at most " + std::to_string(k_max_top_k));
    if (!(top_p.exact() > 0 && top_p.exact() <= 1)) {
        return bad("top_p", std::to_string(top_p.exact()), "above 0 and at most 1");
    }
    if (stop_tokens.size() > k_stop_tokens_max) {
        return bad("the number of stop tokens", std::to_string(stop_tokens.size()), "at most 64");
    }
    return {};
}

void sample_tokens(const Kernels& kernels, std::span<std::int32_t> tokens, const float* logits,
                   std::int64_t vocab, std::int64_t active, std::span<const Choice> choices, float* scratch) {
    DURE_ASSERT(active > 0 && active <= vocab && vocab <= static_cast<std::int64_t>(k_id_mask) &&
                tokens.size() == choices.size());
    const auto rows = static_cast<std::int64_t>(choices.size());
    bool all_greedy = true;
    for (std::int64_t row = 0; row < rows; ++row) {
        const double temperature = choices[static_cast<std::size_t>(row)].params->temperature.exact();
        if (temperature != 0) all_greedy = false;
        const float factor = temperature == 0 ? 0.0F : static_cast<float>(1.0 / temperature);
        kernels.scale(scratch + row * vocab, logits + row * vocab, factor, vocab);
    }
    if (!all_greedy) kernels.softmax(scratch, scratch, rows, vocab, active);
    kernels.executor().parallel_for(rows, [&](std::int64_t row, std::int64_t end) {
        for (; row < end; ++row) {
            const Choice& choice = choices[static_cast<std::size_t>(row)];
            tokens[static_cast<std::size_t>(row)] = choice.params->temperature.exact() == 0
                                                        ? greedy(logits + row * vocab, active)
                                                        : sample_row(scratch + row * vocab, active, choice);
        }
    });
}

TokenScores score_token(const Kernels& kernels, const float* logits, std::int64_t vocab, std::int64_t active,
                        std::int32_t token, std::uint32_t top) {
    DURE_ASSERT(token >= 0 && token < active && top <= k_max_top_log_probabilities);
    const std::int32_t best = greedy(logits, active);
    const float max = logits[best];
    float log_sum = 0;  // log(sum) - 0
    kernels.cross_entropy(&log_sum, nullptr, logits, &best, 1, vocab, active, 1.0F);
    const auto score = [&](std::int32_t id) { return TokenScore{id, (logits[id] - max) - log_sum}; };
    TokenScores scores;
    scores.chosen = score(token);
    if (top == 0) return scores;
    // Ranked by logits: rounding may make different logits' scores equal.
    std::vector<std::int32_t> ids;
    const auto ranks_before = [&](std::int32_t a, std::int32_t b) {
        return logits[a] > logits[b] || (logits[a] == logits[b] && a < b);
    };
    for (std::int32_t id = 0; id < active; ++id) {
        if (ids.size() == top && !ranks_before(id, ids.back())) continue;
        ids.insert(std::upper_bound(ids.begin(), ids.end(), id, ranks_before), id);
        if (ids.size() > top) ids.pop_back();
    }
    for (const std::int32_t id : ids)
        scores.top.push_back(score(id));
    return scores;
}

}  // namespace dure::trainer
