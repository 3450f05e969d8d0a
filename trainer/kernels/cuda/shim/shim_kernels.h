// The GPU's kernels on the CPU, for tests: the same sources as nvcc compiles, run by blocks.h, behind the same class.
// Its device's memory can be touched by nothing but its kernels and copies: a host access ends the process, and an operator
// that is given the host's memory throws DeviceError.
#pragma once

#include <cstdint>
#include <memory>

#include "trainer/kernels/kernels.h"

namespace dure::trainer::shim {

// `seed` permutes blocks and threads; `processors` is how large a GPU the launches are cut for. Throws Fault where a kernel
// breaks a rule of blocks.h.
std::unique_ptr<Kernels> make_shim_kernels(uint64_t seed, int processors, Executor& executor);

}  // namespace dure::trainer::shim
