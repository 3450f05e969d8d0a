// The GPU's kernels under several orders of their threads, for GPUs of several sizes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/trainer/kernels/test_scale.h"
#include "trainer/kernels/cuda/shim/shim_kernels.h"
#include "trainer/kernels/host_arguments.h"

namespace dure::trainer::testing {

struct ShimMachine {
    std::string name;
    std::unique_ptr<Executor> executor;
    std::unique_ptr<Kernels> kernels;         // for memory of its device
    std::unique_ptr<Kernels> host_arguments;  // the same for the program's memory

    ShimMachine(uint64_t seed, int processors)
        : name("shim, seed " + std::to_string(seed) + ", " + std::to_string(processors) + " processors"),
          executor(std::make_unique<SerialExecutor>()),
          kernels(shim::make_shim_kernels(seed, processors, *executor)),
          host_arguments(with_host_arguments(*kernels)) {}
};

// A GPU of one processor takes the largest tiles there are; one of a hundred cuts finely, and sums chunks side by side.
inline const std::vector<ShimMachine>& shim_machines() {
    static const std::vector<ShimMachine> all = [] {
        std::vector<ShimMachine> result;
        result.emplace_back(1, 1);
        result.emplace_back(2, 100);
        for (int64_t seed = 3; seed < 2 + test_scale(); ++seed)
            result.emplace_back(static_cast<uint64_t>(seed), seed % 2 == 0 ? 4 : 100);
        return result;
    }();
    return all;
}

}  // namespace dure::trainer::testing
