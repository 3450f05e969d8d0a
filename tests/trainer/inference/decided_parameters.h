// Weights for tests of decoding: a model that was never trained, yet has opinions.
#pragma once

#include <vector>

#include "tests/trainer/support.h"
#include "trainer/model/initialize.h"

namespace dure::trainer::testing {

/// Large enough that the next token is not a coin toss.
inline std::vector<float> decided_parameters(const ModelConfig& config) {
    std::vector<float> parameters = initialize_parameters(config, 4);
    Numbers numbers(6);
    for (float& p : parameters)
        p += 0.5F * numbers.unit();
    return parameters;
}

}  // namespace dure::trainer::testing
