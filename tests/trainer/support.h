// What the trainer's tests share: small models, repeatable random numbers, every way to run the kernels.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "trainer/kernels/kernels.h"
#include "trainer/model/config.h"

namespace dure::trainer::testing {

/// A repeatable sequence of numbers (a linear congruential generator with its high bits taken).
class Numbers {
  public:
    explicit Numbers(std::uint64_t seed) : state_(seed * 2 + 1) {}

    std::uint32_t next() {
        state_ = state_ * 6364136223846793005U + 1442695040888963407U;
        return static_cast<std::uint32_t>(state_ >> 32U);
    }
    std::uint32_t below(std::uint32_t bound) { return next() % bound; }
    /// In [-1, 1).
    float unit() { return static_cast<float>(static_cast<std::int32_t>(next())) * 0x1p-31F; }

  private:
    std::uint64_t state_;
};

/// A model of about two thousand parameters with uneven shapes.
inline ModelConfig tiny_model(bool tied = true) {
    ModelConfig config;
    config.vocab = 23;
    config.active_vocab = 21;
    config.dim = 8;
    config.layers = 2;
    config.heads = 4;
    config.kv_heads = 2;
    config.head_dim = 4;
    config.ffn = 24;
    config.max_sequence = 64;
    config.tied = tied;
    return config;
}

inline TrainConfig tiny_training() {
    TrainConfig train;
    train.steps = 3;
    train.batch = 2;
    train.sequence = 16;
    train.segment_steps = 2;
    train.warmup_steps = 1;
    train.learning_rate = Float32(1e-2F);
    train.learning_rate_floor = Float32(1e-3F);
    train.update_norm_max = Float32(100.0F);
    train.outer_momentum = Float32(0.5F);
    train.held_out_windows = 4;
    train.score_windows = 4;
    train.score_step = Float32(0.1F);
    return train;
}

inline std::vector<std::int32_t> random_tokens(std::size_t count, std::uint32_t vocab, std::uint64_t seed) {
    Numbers numbers(seed);
    std::vector<std::int32_t> tokens(count);
    for (auto& token : tokens)
        token = static_cast<std::int32_t>(numbers.below(vocab));
    return tokens;
}

/// Kernels with threads of their own.
struct Machine {
    std::string name;
    std::unique_ptr<Executor> executor;
    std::unique_ptr<Kernels> kernels;

    Machine(Isa isa, int threads)
        : name(std::string(isa_name(isa)) + " on " + std::to_string(threads)),
          executor(std::make_unique<ThreadPool>(threads)),
          kernels(make_kernels(isa, *executor)) {}
};

inline Machine fastest_machine() {
    return {best_isa(), 1};
}

/// Calls `body` for every instruction set of this computer, on 1, 2 and 3 threads.
inline void on_every_machine(const std::function<void(const Machine&)>& body) {
    for (const Isa isa : {Isa::reference, Isa::avx2, Isa::avx512}) {
        if (!isa_supported(isa)) continue;
        for (const int threads : {1, 2, 3})
            body(Machine(isa, threads));
    }
}

}  // namespace dure::trainer::testing
