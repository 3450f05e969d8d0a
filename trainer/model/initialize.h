// The parameters a model starts from: a function of its shape and a seed, the same bits everywhere.
#pragma once

#include <cstdint>
#include <vector>

#include "trainer/model/config.h"

namespace dure::trainer {

/// Gains are 1; the other elements are sums of four uniforms with the standard deviation that
/// docs/protocol/rounds-training.md gives for their kind of tensor. Needs a valid config.
std::vector<float> initialize_parameters(const ModelConfig& config, std::uint64_t seed);

}  // namespace dure::trainer
