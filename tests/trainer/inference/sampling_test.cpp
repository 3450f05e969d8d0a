#include "trainer/inference/sampling.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "base/codec.h"
#include "base/hash.h"

#include "tests/trainer/support.h"

namespace dure::trainer {
namespace {

using testing::fastest_machine;

std::int32_t sample(const Kernels& kernels, const std::vector<float>& logits, std::int64_t active,
                    const SamplingParams& params, std::uint64_t position) {
    std::vector<float> scratch(logits.size());
    const Choice choice{&params, position};
    std::int32_t token = -1;
    sample_tokens(kernels, {&token, 1}, logits.data(), static_cast<std::int64_t>(logits.size()), active,
                  {&choice, 1}, scratch.data());
    return token;
}

// The rule of docs/protocol/arithmetic.md in plain words: rank everything, cut, point.
std::int32_t sample_plainly(const Kernels& kernels, std::vector<float> logits, std::size_t active,
                            const SamplingParams& params, std::uint64_t position) {
    const auto vocab = static_cast<std::int64_t>(logits.size());
    const auto factor = static_cast<float>(1.0 / params.temperature.exact());
    kernels.scale(logits.data(), logits.data(), factor, vocab);
    kernels.softmax(logits.data(), logits.data(), 1, vocab, static_cast<std::int64_t>(active));
    std::vector<std::pair<std::uint64_t, std::size_t>> ranked;
    for (std::size_t id = 0; id < active; ++id)
        ranked.emplace_back(static_cast<std::uint64_t>(static_cast<double>(logits[id]) * 0x1p40), id);
    std::stable_sort(ranked.begin(), ranked.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    if (params.top_k != 0 && params.top_k < ranked.size()) ranked.resize(params.top_k);
    std::uint64_t total = 0;
    for (const auto& [weight, id] : ranked)
        total += weight;
    const auto wanted = static_cast<std::uint64_t>(params.top_p.exact() * static_cast<double>(total));
    std::size_t kept = 0;
    std::uint64_t kept_weight = 0;
    while (kept == 0 || kept_weight < wanted)
        kept_weight += ranked[kept++].first;
    static const TaggedHash hash("dure/sampling");
    Writer writer;
    writer.number(params.seed);
    writer.number(position);
    const Hash digest = hash(writer.bytes());
    std::uint64_t number = 0;
    Reader reader(digest.bytes);
    EXPECT_TRUE(reader.number(number));
    __extension__ using Wide = unsigned __int128;
    auto point = static_cast<std::uint64_t>(static_cast<Wide>(number) * kept_weight >> 64U);
    std::size_t chosen = 0;
    while (point >= ranked[chosen].first)
        point -= ranked[chosen++].first;
    return static_cast<std::int32_t>(ranked[chosen].second);
}

TEST(Sampling, GreedyTakesTheFirstOfTheLargest) {
    const auto machine = fastest_machine();
    SamplingParams params;
    params.temperature = Float32(0.0F);
    EXPECT_EQ(sample(*machine.kernels, {1, 3, 3, 9}, 3, params, 0), 1);
    EXPECT_EQ(sample(*machine.kernels, {1, 3, 3, 9}, 4, params, 0), 3);
}

TEST(Sampling, ASmallTopPIsGreedyWithTiesToTheLowerId) {
    const auto machine = fastest_machine();
    SamplingParams params;
    params.top_p = Float32(1e-6F);
    for (std::uint64_t position = 0; position < 100; ++position) {
        EXPECT_EQ(sample(*machine.kernels, {1, 3, 3, 2}, 4, params, position), 1);
    }
}

TEST(Sampling, FrequenciesFollowTheProbabilities) {
    const auto machine = fastest_machine();
    const std::vector<float> logits{std::log(0.5F), std::log(0.3F), std::log(0.15F), std::log(0.05F), 9.0F};
    SamplingParams params;
    params.temperature = Float32(1.0F);
    const auto counts = [&] {
        std::vector<int> result(5, 0);
        for (std::uint64_t i = 0; i < 4000; ++i)
            ++result[static_cast<std::size_t>(sample(*machine.kernels, logits, 4, params, i))];
        return result;
    };
    params.top_p = Float32(1.0F);
    auto all = counts();
    EXPECT_NEAR(all[0], 2000, 150);
    EXPECT_NEAR(all[1], 1200, 150);
    EXPECT_NEAR(all[2], 600, 120);
    EXPECT_NEAR(all[3], 200, 70);
    EXPECT_EQ(all[4], 0);
    params.top_p = Float32(0.75F);  // 0.5 and 0.3 reach it
    all = counts();
    EXPECT_NEAR(all[0], 2500, 150);
    EXPECT_NEAR(all[1], 1500, 150);
    EXPECT_EQ(all[2] + all[3] + all[4], 0);
    params.top_p = Float32(1.0F);
    params.temperature = Float32(0.5F);  // squares the ratios: 0.25 : 0.09 : ..
    all = counts();
    EXPECT_NEAR(all[0] * 1.0 / all[1], 0.25 / 0.09, 0.4);
}

TEST(Sampling, IsTheRuleOfTheProtocolForAnyLogitsAndParams) {
    const auto machine = fastest_machine();
    const bool holds = rc::check("sample_tokens == the plain rule, for every row of a batch", [&] {
        const auto vocab = *rc::gen::inRange<std::size_t>(1, 3000);
        const auto active = *rc::gen::inRange<std::size_t>(1, vocab + 1);
        const auto rows = *rc::gen::inRange<std::size_t>(1, 5);
        const auto spread = *rc::gen::element(0.0F, 0.5F, 3.0F, 12.0F, 80.0F);
        // Few different values, so that there are ties; or many.
        const auto values = *rc::gen::element(4U, 1U << 20U);
        testing::Numbers numbers(*rc::gen::arbitrary<std::uint64_t>());
        std::vector<float> logits(rows * vocab);
        for (float& x : logits)
            x = spread * static_cast<float>(numbers.below(values)) / static_cast<float>(values);
        std::vector<SamplingParams> params(rows);
        std::vector<Choice> choices(rows);
        for (std::size_t row = 0; row < rows; ++row) {
            params[row].temperature = Float32(*rc::gen::element(0.0F, 0.3F, 1.0F, 2.0F));
            params[row].top_p = Float32(*rc::gen::element(1.0F, 0.95F, 0.5F, 0.999F, 1e-6F));
            params[row].top_k = *rc::gen::element(0U, 1U, 2U, 40U, 100'000U);
            params[row].seed = *rc::gen::arbitrary<std::uint64_t>();
            choices[row] = {&params[row], *rc::gen::arbitrary<std::uint64_t>()};
        }
        std::vector<std::int32_t> tokens(rows);
        std::vector<float> scratch(logits.size());
        sample_tokens(*machine.kernels, tokens, logits.data(), static_cast<std::int64_t>(vocab),
                      static_cast<std::int64_t>(active), choices, scratch.data());
        for (std::size_t row = 0; row < rows; ++row) {
            const auto begin = logits.begin() + static_cast<std::ptrdiff_t>(row * vocab);
            const std::vector<float> own(begin, begin + static_cast<std::ptrdiff_t>(vocab));
            if (params[row].temperature.exact() == 0) {
                const auto best =
                    std::max_element(own.begin(), own.begin() + static_cast<std::ptrdiff_t>(active));
                RC_ASSERT(tokens[row] == best - own.begin());
            } else {
                RC_ASSERT(tokens[row] ==
                          sample_plainly(*machine.kernels, own, active, params[row], choices[row].position));
            }
        }
    });
    EXPECT_TRUE(holds);
}

TEST(Sampling, TopKTakesNothingElse) {
    const auto machine = fastest_machine();
    SamplingParams params;
    params.temperature = Float32(2.0F);
    params.top_p = Float32(1.0F);
    params.top_k = 2;
    std::vector<int> counts(5);
    for (std::uint64_t position = 0; position < 500; ++position)
        ++counts[static_cast<std::size_t>(sample(*machine.kernels, {1, 3, 0, 3, 2}, 5, params, position))];
    EXPECT_GT(counts[1], 150);
    EXPECT_GT(counts[3], 150);
    EXPECT_EQ(counts[1] + counts[3], 500);
}

TEST(Scores, AreTheLossesOfTrainingNegatedAndRankTheLikeliestFirst) {
    const auto machine = fastest_machine();
    const bool holds = rc::check("a score is a negated cross-entropy", [&] {
        const auto vocab = *rc::gen::inRange<std::int64_t>(1, 400);
        const auto active = *rc::gen::inRange<std::int64_t>(1, vocab + 1);
        testing::Numbers numbers(*rc::gen::arbitrary<std::uint64_t>());
        std::vector<float> logits(static_cast<std::size_t>(vocab));
        for (float& x : logits)
            x = static_cast<float>(numbers.below(50)) * 0.37F - 5.0F;
        const auto token = *rc::gen::inRange<std::int32_t>(0, static_cast<std::int32_t>(active));
        const auto top = *rc::gen::inRange<std::uint32_t>(0, k_max_top_log_probabilities + 1);
        const TokenScores scores = score_token(*machine.kernels, logits.data(), vocab, active, token, top);
        const auto loss_of = [&](std::int32_t target) {
            float loss = 0;
            machine.kernels->cross_entropy(&loss, nullptr, logits.data(), &target, 1, vocab, active, 1.0F);
            return loss;
        };
        RC_ASSERT(scores.chosen.token == token);
        RC_ASSERT(scores.chosen.log_probability == -loss_of(token));
        std::vector<std::int32_t> ids(static_cast<std::size_t>(active));
        std::iota(ids.begin(), ids.end(), 0);
        std::stable_sort(ids.begin(), ids.end(), [&](std::int32_t a, std::int32_t b) {
            return logits[static_cast<std::size_t>(a)] > logits[static_cast<std::size_t>(b)];
        });
        RC_ASSERT(scores.top.size() == std::min<std::size_t>(top, ids.size()));
        for (std::size_t i = 0; i < scores.top.size(); ++i) {
            RC_ASSERT(scores.top[i].token == ids[i]);
            RC_ASSERT(scores.top[i].log_probability == -loss_of(ids[i]));
        }
    });
    EXPECT_TRUE(holds);
}

TEST(Sampling, ParamsAreChecked) {
    EXPECT_TRUE(SamplingParams{}.validate());
    const auto refused = [](auto change) {
        SamplingParams params;
        change(params);
        return !params.validate();
    };
    EXPECT_TRUE(refused([](auto& p) { p.max_tokens = 0; }));
    EXPECT_TRUE(refused([](auto& p) { p.temperature = Float32(-1.0F); }));
    EXPECT_TRUE(refused([](auto& p) { p.temperature = Float32(std::numeric_limits<float>::quiet_NaN()); }));
    EXPECT_TRUE(refused([](auto& p) { p.temperature = Float32(1e-9F); }));
    EXPECT_TRUE(refused([](auto& p) { p.top_p = Float32(0.0F); }));
    EXPECT_TRUE(refused([](auto& p) { p.top_p = Float32(1.5F); }));
    EXPECT_TRUE(refused([](auto& p) { p.top_k = (1U << 20) + 1; }));
    EXPECT_TRUE(refused([](auto& p) { p.stop_tokens.assign(65, 1); }));
}

}  // namespace
}  // namespace dure::trainer
