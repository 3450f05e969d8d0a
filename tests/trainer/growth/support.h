// What the tests of growth share: random shapes, checkpoints with nothing left at its start, and what a model
// says to a text, bit by bit.
#pragma once

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include "tests/trainer/support.h"
#include "trainer/growth/grow.h"
#include "trainer/growth/rules.h"
#include "trainer/inference/generator.h"
#include "trainer/model/transformer.h"

namespace dure::trainer::testing {

inline std::uint32_t any_number(std::uint32_t low, std::uint32_t high) {
    return *rc::gen::inRange(low, high + 1);
}

inline ModelConfig any_model() {
    ModelConfig config;
    config.vocab = any_number(10, 60);
    config.active_vocab = any_number(8, config.vocab);
    config.dim = 8 * any_number(1, 5);
    config.layers = any_number(1, 3);
    config.kv_heads = any_number(1, 3);
    config.heads = config.kv_heads * any_number(1, 3);
    config.head_dim = 2 * any_number(1, 9);
    config.ffn = 8 * any_number(1, 9);
    config.max_sequence = any_number(33, 48);
    config.tied = *rc::gen::arbitrary<bool>();
    const std::uint32_t scaling = any_number(0, 2);
    if (scaling == 1) config.features.emplace_back(LinearRope{Float32(4.0F)});
    if (scaling == 2)
        config.features.emplace_back(Llama3Rope{Float32(8.0F), Float32(1.0F), Float32(4.0F), 16});
    return config;
}

/// A shape that `from` can grow to, often in several ways at once.
inline ModelConfig any_growth_of(const ModelConfig& from) {
    ModelConfig to = from;
    to.layers += any_number(0, 2);
    to.ffn += std::gcd(from.ffn, k_growth_block_max) * any_number(0, 3);
    to.vocab += any_number(0, 20);
    to.active_vocab =
        *rc::gen::arbitrary<bool>() ? from.active_vocab : any_number(from.active_vocab, to.vocab);
    to.max_sequence += any_number(0, 16);
    std::vector<ModelConfig> choices;
    for (std::uint32_t groups = from.kv_heads; groups <= 3 * from.kv_heads; ++groups) {
        ModelConfig choice = to;
        choice.kv_heads = groups;
        choice.heads = groups * (from.heads / from.kv_heads);
        if (check_growth(from, choice)) choices.push_back(choice);
    }
    return choices[any_number(0, static_cast<std::uint32_t>(choices.size() - 1))];
}

/// No gain is 1 and no momentum zero; some parameters are zeros of either sign.
inline Checkpoint lively_checkpoint(const ModelConfig& config, std::uint64_t seed) {
    Checkpoint checkpoint = *initial_checkpoint(config, seed);
    Numbers numbers(seed + 1);
    for (float& p : checkpoint.parameters) {
        p += 0.3F * numbers.unit();
        if (numbers.below(16) == 0) p = numbers.below(2) == 0 ? 0.0F : -0.0F;
    }
    for (float& m : checkpoint.outer_momentum)
        m = 1e-3F * numbers.unit();
    return checkpoint;
}

using Bits = std::vector<std::uint32_t>;

inline void append_bits(Bits& bits, std::span<const float> values) {
    for (const float value : values)
        bits.push_back(std::bit_cast<std::uint32_t>(value));
}

/// The first `rows` logits behind the whole text at once, then behind each of its tokens one by one.
inline Bits logits_of(const Kernels& kernels, const Checkpoint& checkpoint,
                      std::span<const std::int32_t> tokens, std::size_t rows) {
    auto generator = Generator::create(kernels, checkpoint.config, checkpoint.parameters);
    EXPECT_TRUE(generator) << generator.error().message;
    Bits bits;
    append_bits(bits, generator->append(tokens)->first(rows));
    generator->reset();
    for (const std::int32_t& token : tokens)
        append_bits(bits, generator->append(std::span(&token, 1))->first(rows));
    return bits;
}

/// The losses of windows of 32 inputs, as training sees them.
inline Bits losses_of(const Kernels& kernels, const Checkpoint& checkpoint,
                      std::span<const std::int32_t> windows) {
    Transformer transformer(kernels, checkpoint.config, 32, Transformer::Use::losses);
    std::vector<float> losses(windows.size() / 33 * 32);
    transformer.losses(losses, checkpoint.parameters, windows);
    Bits bits;
    append_bits(bits, losses);
    return bits;
}

}  // namespace dure::trainer::testing
