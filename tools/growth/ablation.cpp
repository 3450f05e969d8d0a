// Growing a model against training the large one from the start: the same tokens in the same order, the same
// schedule, the same hold-out. What it measures stands in docs/growth.md.
//
//   growth_ablation TEXT.txt OUT [TOKENS]
//
// Writes OUT.csv (as it goes) and OUT.svg. Exits 77 if there is no such text.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "tools/growth/curves.h"
#include "tools/growth/expect.h"
#include "tools/growth/text.h"
#include "trainer/growth/grow.h"
#include "trainer/kernels/kernels.h"
#include "trainer/kernels/splitmix.h"
#include "trainer/model/optimizer.h"
#include "trainer/model/recipe.h"
#include "trainer/model/transformer.h"
#include "trainer/rounds/judge.h"

namespace dure::tools {
namespace {

using namespace trainer;

constexpr std::uint64_t k_default_tokens = 2'000'000;
constexpr std::uint32_t k_evaluations = 50;
constexpr std::uint64_t k_start_seed = 1;
constexpr std::uint64_t k_growth_seed = 2;
constexpr double k_highest_shown = 7.0;  // nats, in the plot
constexpr int k_nothing_to_train_on = 77;

/// Windows of one step: places drawn from the step's number, the same in all arms.
std::vector<std::int32_t> windows_of(const ExperimentText& data, const TrainConfig& train,
                                     std::uint32_t step) {
    SplitMix64 draws(std::uint64_t{step} * train.batch * 0x9E3779B97F4A7C15U);
    std::vector<std::int32_t> windows;
    for (std::uint32_t i = 0; i < train.batch; ++i) {
        const std::size_t begin = draws.next() % (data.training.size() - train.window_tokens());
        const auto first = data.training.begin() + static_cast<std::ptrdiff_t>(begin);
        windows.insert(windows.end(), first, first + train.window_tokens());
    }
    return windows;
}

/// A training run that can grow on its way: AdamW's moments grow too, the schedule goes on.
class Arm {
  public:
    Arm(const Kernels& kernels, const ExperimentText& data, const TrainConfig& train, Checkpoint start)
        : kernels_(kernels),
          data_(data),
          train_(train),
          checkpoint_(std::move(start)),
          moments_(checkpoint_.parameters.size()),
          transformer_(planned()) {}

    void grow_to(const ModelConfig& next) {
        const ModelConfig from = checkpoint_.config;
        checkpoint_ = expect(grow(checkpoint_, next, k_growth_seed));
        Moments moments(checkpoint_.parameters.size());
        moments.first.upload(grow_values(from, next, moments_.first));
        moments.second.upload(grow_values(from, next, moments_.second));
        moments_ = std::move(moments);
        transformer_ = planned();
    }

    void step() {
        const auto windows = windows_of(data_, train_, steps_++);
        const std::uint64_t tokens = std::uint64_t{train_.batch} * train_.sequence;
        gradient_.resize(checkpoint_.parameters.size());
        losses_.resize(tokens);
        transformer_->gradient(gradient_, losses_, checkpoint_.parameters, windows);
        const StepOutcome outcome = adamw_step(kernels_, transformer_->layout(), train_, steps_,
                                               checkpoint_.parameters, moments_, gradient_);
        if (outcome != StepOutcome::done) {
            std::cerr << "growth_ablation: the numbers are not finite any more\n";
            std::exit(1);
        }
        tokens_ += tokens;
        // Forward and backward: 6 operations a parameter and token.
        operations_ += 6.0 * static_cast<double>(tokens * checkpoint_.config.parameter_count());
    }

    std::uint32_t steps() const { return steps_; }
    double tokens_in_millions() const { return static_cast<double>(tokens_) * 1e-6; }
    double operations_in_tera() const { return operations_ * 1e-12; }
    double held_out() const {
        return static_cast<double>(expect(held_out_loss(kernels_, checkpoint_, train_, data_.held_out))) *
               1e-6;
    }

  private:
    std::unique_ptr<Transformer> planned() const {
        return std::make_unique<Transformer>(kernels_, checkpoint_.config, train_.sequence,
                                             Transformer::Use::gradients);
    }

    const Kernels& kernels_;
    const ExperimentText& data_;
    const TrainConfig& train_;
    Checkpoint checkpoint_;
    Moments moments_;
    std::unique_ptr<Transformer> transformer_;
    std::vector<float> gradient_;
    std::vector<float> losses_;
    std::uint32_t steps_ = 0;
    std::uint64_t tokens_ = 0;
    double operations_ = 0;
};

ModelConfig large_model(std::uint32_t vocab) {
    return default_devnet_recipe(vocab).model;
}

ModelConfig small_model(std::uint32_t vocab) {
    ModelConfig config = large_model(vocab);
    config.layers = 2;
    config.heads = 2;
    config.kv_heads = 1;
    config.ffn = 160;
    return config;
}

TrainConfig training(std::uint64_t tokens) {
    TrainConfig train = default_devnet_recipe(k_devnet_vocab).train;
    train.batch = 8;
    train.steps = static_cast<std::uint32_t>(tokens / (std::uint64_t{train.batch} * train.sequence));
    train.segment_steps = train.steps;
    train.warmup_steps = train.steps / 50;
    train.learning_rate_floor = Float32(2e-4F);
    return train;
}

struct Plan {
    std::string name;
    bool starts_small = false;
    double grows_after = 2;  ///< part of the steps; above 1: never
};

struct Measured {
    Curve by_tokens;
    Curve by_operations;
};

Measured run(const Plan& plan, const Kernels& kernels, const ExperimentText& data, const TrainConfig& train,
             std::ostream& csv) {
    const ModelConfig first = plan.starts_small ? small_model(data.vocab) : large_model(data.vocab);
    Arm arm(kernels, data, train, expect(initial_checkpoint(first, k_start_seed)));
    Measured measured{{plan.name, {}}, {plan.name, {}}};
    const auto evaluate = [&] {
        const double loss = arm.held_out();
        measured.by_tokens.points.push_back({arm.tokens_in_millions(), loss});
        measured.by_operations.points.push_back({arm.operations_in_tera(), loss});
        csv << plan.name << ',' << arm.steps() << ',' << arm.tokens_in_millions() << ','
            << arm.operations_in_tera() << ',' << loss << std::endl;
    };
    const auto growth_step = static_cast<std::uint32_t>(plan.grows_after * train.steps);
    const std::uint32_t every = std::max(train.steps / k_evaluations, 1U);
    evaluate();
    while (arm.steps() < train.steps) {
        if (arm.steps() == growth_step) {
            evaluate();
            arm.grow_to(large_model(data.vocab));
            evaluate();
        }
        arm.step();
        if (arm.steps() % every == 0 || arm.steps() == train.steps) evaluate();
    }
    return measured;
}

int ablation(int argc, char** argv) {
    if (argc < 3 || argc > 4) {
        std::cerr << "usage: growth_ablation TEXT.txt OUT [TOKENS]\n";
        return 2;
    }
    std::ifstream text(argv[1], std::ios::binary);
    if (!text) {
        std::cerr << "growth_ablation: skipped, there is no text " << argv[1] << "\n";
        return k_nothing_to_train_on;
    }
    const TrainConfig train = training(argc == 4 ? std::strtoull(argv[3], nullptr, 10) : k_default_tokens);
    const ExperimentText data = expect(read_experiment_text(text, {.vocab = k_devnet_vocab}));
    std::cerr << data.training.size() << " tokens to train on, " << data.held_out.size() << " held out, "
              << small_model(data.vocab).parameter_count() << " and "
              << large_model(data.vocab).parameter_count() << " parameters, " << train.steps << " steps\n";
    SerialExecutor executor;
    const auto kernels = make_kernels(best_isa(), executor);
    const std::string out = argv[2];
    std::ofstream csv(out + ".csv");
    csv << "arm,step,million_tokens,tera_operations,held_out_nats\n";
    Panel by_tokens{"same tokens", "million tokens", {}};
    Panel by_operations{"same work", "10\xC2\xB9\xC2\xB2 operations (6 a parameter and token)", {}};
    const Plan plans[] = {{"large from the start", false, 2},
                          {"grown after a quarter", true, 0.25},
                          {"grown after half", true, 0.5},
                          {"small to the end", true, 2}};
    double lowest = k_highest_shown;
    for (const Plan& plan : plans) {
        const Measured measured = run(plan, *kernels, data, train, csv);
        by_tokens.curves.push_back(measured.by_tokens);
        by_operations.curves.push_back(measured.by_operations);
        std::cerr << plan.name << ": " << measured.by_tokens.points.back().y << " nats a token\n";
        lowest = std::min(lowest, measured.by_tokens.points.back().y);
        std::ofstream(out + ".svg") << curves_svg({by_tokens, by_operations}, "held-out nats a token",
                                                  std::floor(lowest * 4) / 4 - 0.25, k_highest_shown);
    }
    return csv ? 0 : 1;
}

}  // namespace
}  // namespace dure::tools

int main(int argc, char** argv) {
    return dure::tools::ablation(argc, argv);
}
