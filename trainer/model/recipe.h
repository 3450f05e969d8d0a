// The shapes and settings a devnet starts with: about a million parameters, work units of a few seconds on
// one core.
#pragma once

#include <cstdint>

#include "trainer/model/config.h"

namespace dure::trainer {

struct Recipe {
    ModelConfig model;  ///< vocab is the tokenizer's real size
    TrainConfig train;
};

/// The number of pieces the devnet's tokenizer is trained to; a small text gives fewer.
inline constexpr std::uint32_t k_devnet_vocab = 2048;
/// The seed of the devnet's first checkpoint.
inline constexpr std::uint64_t k_devnet_initial_seed = 1;

/// `vocab`: Tokenizer::size() of the tokenizer that the chain will use.
Recipe default_devnet_recipe(std::uint32_t vocab);

/// For a model that was trained elsewhere: the devnet's settings with windows that fit it and steps small
/// enough not to lose what it knows. Needs a valid config.
TrainConfig continued_training(const ModelConfig& model);

}  // namespace dure::trainer
