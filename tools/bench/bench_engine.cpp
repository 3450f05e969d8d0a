// How much faster the engine answers many requests together than one after the other: tokens a second of answers with
// 1, 4, 16 and 64 requests at the same time, against the plain Generator, in turns on one thread. Two models: one that
// fits the caches, and one whose weights do not (DURE_BENCH_SMALL leaves it out). Ends with an error if an answer is
// not the Generator's.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "tools/bench/figures.h"
#include "tools/bench/timing.h"
#include "trainer/inference/engine.h"
#include "trainer/kernels/kernels.h"
#include "trainer/model/initialize.h"
#include "trainer/model/layout.h"
#include "trainer/model/recipe.h"

namespace dure::bench {
namespace {

using namespace trainer;

constexpr std::size_t k_turns = 3;
constexpr std::uint32_t k_prompt_tokens = 16;
constexpr std::uint32_t k_answer_tokens = 32;

template <class T>
T must(Result<T> result) {
    if (result) return std::move(*result);
    std::fprintf(stderr, "bench_engine: %s\n", result.error().message.c_str());
    std::exit(1);
}

ModelConfig small_model() {
    return default_devnet_recipe(k_devnet_vocab).model;
}

ModelConfig large_model() {
    ModelConfig config;
    config.vocab = config.active_vocab = 32'000;
    config.dim = 768;
    config.layers = 12;
    config.heads = 12;
    config.kv_heads = 12;
    config.head_dim = 64;
    config.ffn = 2'048;
    config.max_sequence = 512;
    return config;
}

/// Random weights, but with a trained model's decidedness: what is drawn from stays a small part of the vocabulary.
std::vector<float> decided_parameters(const ModelConfig& config) {
    std::vector<float> parameters = initialize_parameters(config, 1);
    const std::int64_t gain = make_layout(config).final_norm;
    for (std::int64_t i = 0; i < config.dim; ++i)
        parameters[static_cast<std::size_t>(gain + i)] *= 12.0F;
    return parameters;
}

EngineRequest request_of(const ModelConfig& config, std::uint32_t number) {
    EngineRequest request;
    for (std::uint32_t i = 0; i < k_prompt_tokens; ++i)
        request.prompt.push_back(static_cast<std::int32_t>((number * 97 + i * 31 + 4) % config.active_vocab));
    request.params.max_tokens = k_answer_tokens;
    request.params.seed = number;
    request.params.stop_tokens.clear();
    return request;
}

using Answers = std::map<std::uint32_t, std::vector<std::int32_t>>;

void answer_together(Engine& engine, const ModelConfig& config, std::uint32_t count, Answers& answers) {
    std::map<RequestId, std::uint32_t> numbers;
    for (std::uint32_t i = 0; i < count; ++i)
        numbers.emplace(must(engine.add(request_of(config, i))), i);
    while (!engine.idle()) {
        for (const EngineEvent& event : engine.step()) {
            if (event.token) answers[numbers.at(event.request)].push_back(*event.token);
        }
    }
}

void measure(Figures& figures, const std::string& name, const ModelConfig& config, double bar) {
    SerialExecutor executor;
    const auto kernels = make_kernels(best_isa(), executor);
    const std::vector<float> parameters = decided_parameters(config);
    Generator generator = must(Generator::create(*kernels, config, parameters));
    EngineLimits limits;
    limits.max_running = 64;
    limits.cache_positions = std::int64_t{limits.max_running} * (k_prompt_tokens + k_answer_tokens);
    Engine engine = must(Engine::create(*kernels, config, parameters, limits));

    Answers expected;
    Numbers alone;
    std::map<std::uint32_t, Numbers> together;
    for (std::size_t turn = 0; turn < k_turns; ++turn) {
        std::vector<std::int32_t> tokens;
        alone.add(thread_cpu_seconds_of([&] {
            const EngineRequest request = request_of(config, 0);
            tokens = must(generator.generate(request.prompt, request.params)).tokens;
        }));
        for (const std::uint32_t count : {1U, 4U, 16U, 64U}) {
            if (count == 64 && turn > 0) continue;  // it shows where it goes, no bar depends on it
            Answers answers;
            together[count].add(
                thread_cpu_seconds_of([&] { answer_together(engine, config, count, answers); }));
            if (answers[0] != tokens) {
                std::fprintf(stderr, "bench_engine: an answer of %u is not the Generator's\n", count);
                std::exit(1);
            }
        }
    }
    const double plain = k_answer_tokens / alone.median();
    boost::json::object speeds{{"generator", plain}};
    for (const auto& [count, times] : together)
        speeds[std::to_string(count)] = k_answer_tokens * count / times.median();
    const auto ratio = [&](std::uint32_t count) {
        return k_answer_tokens * count / together.at(count).median() / plain;
    };
    figures.add("engine_1_" + name, ratio(1), "x", Bar::at_least, 0.9);
    figures.add("engine_16_" + name, ratio(16), "x", Bar::at_least, bar);
    figures.detail(name, boost::json::object{{"parameters", config.parameter_count()},
                                             {"isa", isa_name(best_isa())},
                                             {"tokens_per_second", speeds}});
    std::fprintf(stderr, "%s (%llu parameters): tokens/s %s\n", name.c_str(),
                 static_cast<unsigned long long>(config.parameter_count()),
                 boost::json::serialize(speeds).c_str());
}

}  // namespace
}  // namespace dure::bench

int main(int argc, char** argv) {
    dure::bench::Figures figures("engine", argc, argv);
    dure::bench::measure(figures, "1M", dure::bench::small_model(), 2);
    if (std::getenv("DURE_BENCH_SMALL") == nullptr)
        dure::bench::measure(figures, "110M", dure::bench::large_model(), 4);
    return figures.finish();
}
