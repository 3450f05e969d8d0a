#include "trainer/inference/engine.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <bit>
#include <limits>
#include <map>

#include "tests/trainer/inference/decided_parameters.h"
#include "tests/trainer/support.h"
#include "trainer/model/initialize.h"
#include "trainer/model/transformer.h"

namespace dure::trainer {
namespace {

using testing::decided_parameters;
using testing::fastest_machine;
using testing::Machine;
using testing::Numbers;
using testing::random_tokens;
using testing::tiny_model;

std::vector<Machine> all_machines() {
    std::vector<Machine> machines;
    for (const Isa isa : {Isa::reference, Isa::avx2, Isa::avx512}) {
        if (!isa_supported(isa)) continue;
        for (const int threads : {1, 2, 3})
            machines.emplace_back(isa, threads);
    }
    return machines;
}

// A request's outcome, with the bits of its scores.
struct Outcome {
    std::vector<std::int32_t> tokens;
    std::vector<std::uint32_t> scores;
    std::optional<FinishReason> finish;

    friend bool operator==(const Outcome&, const Outcome&) = default;
};

void add_scores(Outcome& outcome, const TokenScores& scores) {
    outcome.scores.push_back(std::bit_cast<std::uint32_t>(scores.chosen.log_probability));
    for (const TokenScore& score : scores.top) {
        outcome.scores.push_back(static_cast<std::uint32_t>(score.token));
        outcome.scores.push_back(std::bit_cast<std::uint32_t>(score.log_probability));
    }
}

void take(std::map<RequestId, Outcome>& outcomes, const EngineEvent& event, bool scored) {
    Outcome& outcome = outcomes[event.request];
    if (event.token) {
        outcome.tokens.push_back(*event.token);
        if (scored) add_scores(outcome, event.scores);
    }
    outcome.finish = event.finish;
}

// The same request answered alone, by the plain way.
Outcome alone(Generator& generator, const Kernels& kernels, const ModelConfig& config,
              const EngineRequest& request) {
    Outcome outcome;
    const auto generation = generator.generate(request.prompt, request.params);
    EXPECT_TRUE(generation);
    outcome.tokens = generation->tokens;
    outcome.finish = generation->finish;
    if (!request.log_probabilities) return outcome;
    generator.reset();
    std::vector<std::int32_t> next = request.prompt;
    for (const std::int32_t token : outcome.tokens) {
        const auto logits = generator.append(next);
        EXPECT_TRUE(logits);
        add_scores(outcome, score_token(kernels, logits->data(), config.vocab, config.active_vocab, token,
                                        *request.log_probabilities));
        next = {token};
    }
    return outcome;
}

EngineRequest random_request(Numbers& numbers, const ModelConfig& config) {
    EngineRequest request;
    const std::uint32_t size = 1 + numbers.below(numbers.below(4) == 0 ? config.max_sequence - 1 : 9);
    request.prompt = random_tokens(size, config.active_vocab, numbers.next());
    request.params.max_tokens = 1 + numbers.below(25);
    request.params.seed = numbers.next();
    request.params.temperature =
        Float32(numbers.below(4) == 0 ? 0.0F : 0.4F + 0.4F * static_cast<float>(numbers.below(3)));
    request.params.top_k = numbers.below(3) == 0 ? 1 + numbers.below(6) : 0;
    request.params.top_p = Float32(numbers.below(3) == 0 ? 0.7F : 1.0F);
    request.params.stop_tokens = {static_cast<std::int32_t>(numbers.below(config.active_vocab))};
    if (numbers.below(2) == 0) request.log_probabilities = numbers.below(4);
    return request;
}

TEST(Engine, AnAnswerNeverDependsOnWhatElseIsInTheBatch) {
    const std::vector<Machine> machines = all_machines();
    const bool holds =
        rc::check("arrivals, cancels, pauses, prompts and limits change no bit of any answer", [&] {
            const ModelConfig config = tiny_model(*rc::gen::arbitrary<bool>());
            static const auto tied = decided_parameters(tiny_model(true));
            static const auto untied = decided_parameters(tiny_model(false));
            const auto& parameters = config.tied ? tied : untied;
            const auto pick = *rc::gen::inRange<std::size_t>(0, machines.size());
            const Machine& machine = machines[pick];
            Numbers numbers(*rc::gen::arbitrary<std::uint64_t>());
            EngineLimits limits;
            limits.max_running = 1 + numbers.below(8);
            limits.batch_tokens = limits.max_running + numbers.below(40);
            limits.max_waiting = 1 + numbers.below(20);
            limits.cache_positions = config.max_sequence - 1 + numbers.below(150);
            auto engine = Engine::create(*machine.kernels, config, parameters, limits);
            RC_ASSERT(engine.has_value());

            std::map<RequestId, EngineRequest> requests;
            std::map<RequestId, Outcome> outcomes;
            std::vector<RequestId> paused;
            std::vector<RequestId> cancelled;
            std::uint32_t to_come = 3 + numbers.below(12);
            while (to_come > 0 || !engine->idle() || !paused.empty()) {
                while (to_come > 0 && numbers.below(2) == 0) {
                    EngineRequest request = random_request(numbers, config);
                    const auto id = engine->add(request);
                    if (!id) {
                        RC_ASSERT(id.error().code == ErrorCode::unavailable);
                        RC_ASSERT(engine->waiting() >= limits.max_waiting);
                        break;
                    }
                    --to_come;
                    requests.emplace(*id, std::move(request));
                    outcomes[*id] = {};
                }
                for (const auto& [id, request] : requests) {
                    if (outcomes[id].finish || numbers.below(20) != 0) continue;
                    if (numbers.below(6) == 0) {
                        engine->cancel(id);
                        outcomes[id].finish = FinishReason::cancelled;
                        std::erase(paused, id);
                    } else if (std::find(paused.begin(), paused.end(), id) == paused.end()) {
                        engine->pause(id);
                        paused.push_back(id);
                    }
                }
                if (!paused.empty() && (numbers.below(4) == 0 || engine->idle())) {
                    const std::size_t which = numbers.below(static_cast<std::uint32_t>(paused.size()));
                    engine->resume(paused[which]);
                    paused.erase(paused.begin() + static_cast<std::ptrdiff_t>(which));
                }
                RC_ASSERT(engine->paused() == paused.size());
                RC_ASSERT(engine->running() <= limits.max_running);
                RC_ASSERT(engine->cache_positions_in_use() <= limits.cache_positions);
                for (const EngineEvent& event : engine->step())
                    take(outcomes, event, requests.at(event.request).log_probabilities.has_value());
            }
            RC_ASSERT(engine->cache_positions_in_use() == 0);

            const Machine& other = machines[*rc::gen::inRange<std::size_t>(0, machines.size())];
            Generator generator = *Generator::create(*other.kernels, config, parameters);
            for (const auto& [id, request] : requests) {
                Outcome expected = alone(generator, *other.kernels, config, request);
                const Outcome& got = outcomes.at(id);
                if (got.finish == FinishReason::cancelled) {
                    RC_ASSERT(got.tokens.size() <= expected.tokens.size());
                    expected.tokens.resize(got.tokens.size());
                    expected.scores.resize(got.scores.size());
                    expected.finish = FinishReason::cancelled;
                }
                RC_ASSERT(got.tokens == expected.tokens);
                RC_ASSERT(got.scores == expected.scores);
                RC_ASSERT(got.finish == expected.finish);
            }
        });
    EXPECT_TRUE(holds);
}

TEST(Engine, ScoresAreTheLossesOfAForwardPassOverTheWholeText) {
    const Machine machine = fastest_machine();
    const ModelConfig config = tiny_model();
    const auto parameters = decided_parameters(config);
    Engine engine = *Engine::create(*machine.kernels, config, parameters, {});
    std::map<RequestId, EngineRequest> requests;
    std::map<RequestId, Outcome> outcomes;
    for (std::uint64_t seed = 0; seed < 6; ++seed) {
        EngineRequest request;
        request.prompt = random_tokens(4 + seed, config.active_vocab, seed);
        request.params.seed = seed;
        request.params.max_tokens = 20;
        request.params.stop_tokens.clear();
        request.log_probabilities = 0;
        requests.emplace(*engine.add(request), request);
    }
    while (!engine.idle()) {
        for (const EngineEvent& event : engine.step())
            take(outcomes, event, true);
    }
    Transformer transformer(*machine.kernels, config, 32, Transformer::Use::losses);
    for (const auto& [id, request] : requests) {
        const Outcome& outcome = outcomes.at(id);
        ASSERT_EQ(outcome.tokens.size(), 20U);
        std::vector<std::int32_t> window = request.prompt;
        window.insert(window.end(), outcome.tokens.begin(), outcome.tokens.end());
        window.resize(33);
        std::vector<float> losses(32);
        transformer.losses(losses, parameters, window);
        for (std::size_t i = 0; i < outcome.tokens.size(); ++i) {
            EXPECT_EQ(std::bit_cast<float>(outcome.scores[i]), -losses[request.prompt.size() - 1 + i]) << i;
        }
    }
}

TEST(Engine, RefusesBeyondItsLimitsAndSaysWhy) {
    const Machine machine = fastest_machine();
    const ModelConfig config = tiny_model();
    const auto parameters = decided_parameters(config);
    EngineLimits limits;
    limits.max_waiting = 2;
    limits.cache_positions = 30;
    Engine engine = *Engine::create(*machine.kernels, config, parameters, limits);
    const auto refused = [&](auto change) {
        EngineRequest request;
        request.prompt = {1, 2, 3};
        request.params.max_tokens = 4;
        change(request);
        return engine.add(request).error().code;
    };
    EXPECT_EQ(refused([](auto& r) { r.prompt.clear(); }), ErrorCode::out_of_range);
    EXPECT_EQ(refused([](auto& r) { r.prompt.assign(64, 1); }), ErrorCode::out_of_range);
    EXPECT_EQ(refused([](auto& r) { r.prompt = {21}; }), ErrorCode::invalid);
    EXPECT_EQ(refused([](auto& r) { r.params.top_p = Float32(0.0F); }), ErrorCode::out_of_range);
    EXPECT_EQ(refused([](auto& r) { r.params.max_tokens = 29; }), ErrorCode::out_of_range) << "of 28 fit";
    EXPECT_EQ(refused([](auto& r) { r.log_probabilities = 21; }), ErrorCode::out_of_range);
    EXPECT_TRUE(engine.idle());
    EngineRequest fits;
    fits.prompt = {1, 2};
    fits.params.max_tokens = 10;
    EXPECT_TRUE(engine.add(fits));
    EXPECT_TRUE(engine.add(fits));
    EXPECT_EQ(engine.add(fits).error().code, ErrorCode::unavailable);
    engine.step();
    EXPECT_EQ(engine.running(), 2U);
    EXPECT_TRUE(engine.add(fits)) << "those that run do not count as waiting";

    limits.max_running = 0;
    EXPECT_FALSE(Engine::create(*machine.kernels, config, parameters, limits));
    limits.max_running = 200;
    EXPECT_FALSE(Engine::create(*machine.kernels, config, parameters, limits)) << "more than a batch holds";
}

TEST(Engine, WhoeverWaitsTakesThePlaceOfWhoeverIsPaused) {
    const Machine machine = fastest_machine();
    const ModelConfig config = tiny_model();
    const auto parameters = decided_parameters(config);
    EngineLimits limits;
    limits.cache_positions = 20;
    Engine engine = *Engine::create(*machine.kernels, config, parameters, limits);
    EngineRequest request;
    request.prompt = {1, 2, 3};
    request.params.max_tokens = 15;
    request.params.stop_tokens.clear();
    const RequestId first = *engine.add(request);
    std::map<RequestId, Outcome> outcomes;
    const auto step = [&] {
        for (const EngineEvent& event : engine.step())
            take(outcomes, event, false);
    };
    step();
    step();
    const RequestId second = *engine.add(request);
    step();
    EXPECT_EQ(engine.running(), 1U) << "the cache has no room for both";
    engine.pause(first);
    step();
    EXPECT_EQ(engine.running(), 1U);
    EXPECT_EQ(outcomes.at(second).tokens.size(), 1U);
    engine.resume(first);
    while (!engine.idle())
        step();
    EXPECT_EQ(outcomes.at(first), outcomes.at(second));
    EXPECT_EQ(outcomes.at(first).tokens.size(), 15U);
}

TEST(Engine, ARequestWhoseLogitsAreNotFiniteFailsAlone) {
    const Machine machine = fastest_machine();
    const ModelConfig config = tiny_model(false);
    auto parameters = decided_parameters(config);
    parameters[20 * config.dim] = std::numeric_limits<float>::quiet_NaN();  // of token 20's embedding
    Engine engine = *Engine::create(*machine.kernels, config, parameters, {});
    Generator generator = *Generator::create(*machine.kernels, config, parameters);
    EngineRequest good;
    good.prompt = {1, 2, 3};
    good.params.stop_tokens.clear();
    good.params.top_k = 3;
    good.params.max_tokens = 8;
    EngineRequest bad = good;
    bad.prompt = {1, 20, 3};
    const RequestId broken = *engine.add(bad);
    const RequestId sound = *engine.add(good);
    std::map<RequestId, Outcome> outcomes;
    while (!engine.idle()) {
        for (const EngineEvent& event : engine.step())
            take(outcomes, event, false);
    }
    EXPECT_EQ(outcomes.at(broken).finish, FinishReason::failed);
    EXPECT_TRUE(outcomes.at(broken).tokens.empty());
    const auto expected = generator.generate(good.prompt, good.params);
    ASSERT_TRUE(expected) << "the seed was chosen so that token 20 is not drawn";
    EXPECT_EQ(outcomes.at(sound).tokens, expected->tokens);
    EXPECT_EQ(outcomes.at(sound).finish, FinishReason::length);
}

TEST(Engine, MemoryIsWhatTheFormulaSays) {
    const ModelConfig config = tiny_model();
    EngineLimits limits;
    limits.cache_positions = 1'000;
    const std::uint64_t one = Engine::memory_bytes(config, limits);
    limits.cache_positions = 2'000;
    const std::uint64_t two = Engine::memory_bytes(config, limits);
    EXPECT_EQ(two - one, 1'000U * 2 * config.layers * config.kv_heads * config.head_dim * sizeof(float));
}

}  // namespace
}  // namespace dure::trainer
