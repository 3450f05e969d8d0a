// What a training step takes from the system: nothing after the first step, and at its peak little more than planned.
// This binary counts every allocation, so it stands apart from the other tests.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "tests/trainer/support.h"
#include "trainer/model/initialize.h"
#include "trainer/model/optimizer.h"
#include "trainer/model/transformer.h"

// Sanitizers bring their own operator new.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define DURE_OWN_NEW 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define DURE_OWN_NEW 0
#else
#define DURE_OWN_NEW 1
#endif
#else
#define DURE_OWN_NEW 1
#endif

#if DURE_OWN_NEW
namespace {

std::atomic<std::size_t> allocations{0};

void* counted(std::size_t size, std::size_t alignment) {
    allocations.fetch_add(1, std::memory_order_relaxed);
    void* const memory = std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}

}  // namespace

void* operator new(std::size_t size) {
    return counted(size, alignof(std::max_align_t));
}
void* operator new(std::size_t size, std::align_val_t alignment) {
    return counted(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
    std::free(memory);
}
#endif

namespace dure::trainer {
namespace {

using testing::Machine;
using testing::random_tokens;

// What one optimizer step works on.
struct Training {
    ModelConfig config;
    TrainConfig train = testing::tiny_training();
    Transformer transformer;
    std::vector<float> parameters;
    std::vector<float> gradient;
    Moments moments;
    std::vector<float> losses;
    std::vector<std::int32_t> windows;

    Training(const Kernels& kernels, const ModelConfig& model, std::uint32_t sequence, std::uint32_t batch,
             std::int64_t micro_batch, Transformer::Keep keep)
        : config(model),
          transformer(kernels, model, sequence, Transformer::Use::gradients, micro_batch, keep),
          parameters(initialize_parameters(model, 1)),
          gradient(parameters.size()),
          moments(parameters.size()),
          losses(std::size_t{batch} * sequence),
          windows(random_tokens(std::size_t{batch} * (sequence + 1), model.active_vocab, 2)) {}

    void step(const Kernels& kernels, std::uint32_t number) {
        transformer.gradient(gradient, losses, parameters, windows);
        const auto outcome =
            adamw_step(kernels, transformer.layout(), train, number, parameters, moments, gradient);
        ASSERT_EQ(outcome, StepOutcome::done);
    }
};

ModelConfig model_of_millions() {
    ModelConfig config;
    config.vocab = 8192;
    config.active_vocab = 8192;
    config.dim = 256;
    config.layers = 6;
    config.heads = 8;
    config.kv_heads = 4;
    config.head_dim = 32;
    config.ffn = 768;
    config.max_sequence = 512;
    return config;
}

// The closed form of docs/performance.md, in floats; N tokens of a micro-batch.
std::uint64_t planned_floats(const ModelConfig& c, std::uint64_t N, std::uint64_t sequence,
                             Transformer::Keep keep) {
    const std::uint64_t C = c.dim;
    const std::uint64_t Q = std::uint64_t{c.heads} * c.head_dim;
    const std::uint64_t E = std::uint64_t{c.kv_heads} * c.head_dim;
    const std::uint64_t F = c.ffn;
    const std::uint64_t L = c.layers;
    const std::uint64_t kept = keep == Transformer::Keep::results ? L : 1;
    const std::uint64_t layer = 3 * C + 2 * Q + 2 * E + 3 * F + 2 * c.heads + 2;
    const std::uint64_t behind = (4 + L) * C + 2 * Q + 2 * E + F + 1;
    return N * (kept * layer + behind) + std::min<std::uint64_t>(N, 512) * c.vocab +
           (c.tied ? c.vocab * C : 0) + 3 * N + sequence * c.head_dim;
}

TEST(TrainingMemory, APlanIsThatOfTheFormula) {
    const Machine machine(best_isa(), 1);
    for (const auto keep : {Transformer::Keep::results, Transformer::Keep::inputs}) {
        for (const std::int64_t tokens : {512, 2048}) {
            const ModelConfig config = model_of_millions();
            const Transformer transformer(*machine.kernels, config, 128, Transformer::Use::gradients, tokens,
                                          keep);
            const auto planned = static_cast<double>(transformer.planned_bytes());
            const auto formula = static_cast<double>(
                4 * planned_floats(config, static_cast<std::uint64_t>(tokens), 128, keep));
            EXPECT_NEAR(planned / formula, 1.0, 1e-4) << tokens;
        }
    }
}

#if DURE_OWN_NEW
TEST(TrainingMemory, NoStepButTheFirstAllocates) {
    for (const Isa isa : {Isa::avx2, Isa::avx512}) {
        if (!isa_supported(isa)) continue;
        const Machine machine(isa, 1);
        Training training(*machine.kernels, testing::tiny_model(), 16, 70, 512, Transformer::Keep::results);
        training.step(*machine.kernels, 1);
        const std::size_t before = allocations.load();
        for (std::uint32_t number = 2; number <= 3; ++number)
            training.step(*machine.kernels, number);
        EXPECT_EQ(allocations.load(), before) << machine.name;
    }
}

std::uint64_t peak_bytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

// In a process of its own, whose peak nothing else has raised.
double peak_over_formula(Transformer::Keep keep) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) {
        const std::uint64_t before = peak_bytes();
        double ratio = 0;
        {
            const Machine machine(best_isa(), 2);
            const ModelConfig config = model_of_millions();
            Training training(*machine.kernels, config, 512, 2, 1024, keep);
            training.step(*machine.kernels, 1);
            training.step(*machine.kernels, 2);
            const std::uint64_t floats =
                planned_floats(config, 1024, 512, keep) + 4 * training.parameters.size();
            ratio = static_cast<double>(peak_bytes() - before) / static_cast<double>(4 * floats);
        }
        const bool sent = ::write(ends[1], &ratio, sizeof ratio) == sizeof ratio;
        _exit(sent ? 0 : 1);
    }
    double ratio = 0;
    EXPECT_EQ(::read(ends[0], &ratio, sizeof ratio), static_cast<ssize_t>(sizeof ratio));
    int status = 0;
    waitpid(child, &status, 0);
    close(ends[0]);
    close(ends[1]);
    return ratio;
}

TEST(TrainingMemory, PeaksAtLittleMoreThanTheFormula) {
    for (const auto keep : {Transformer::Keep::results, Transformer::Keep::inputs}) {
        const double ratio = peak_over_formula(keep);
        EXPECT_GT(ratio, 0.8);
        EXPECT_LE(ratio, 1.15);
        std::printf("peak over formula: %.3f\n", ratio);
    }
}
#endif

}  // namespace
}  // namespace dure::trainer
