// Kernels that take arguments in the program's memory and have them computed on another device: each call uploads what an
// operator reads, and downloads what it writes. Slow; for checking a device against the CPU.
#pragma once

#include <memory>

#include "trainer/kernels/kernels.h"

namespace dure::trainer {

// `kernels` must outlive the result.
std::unique_ptr<Kernels> with_host_arguments(const Kernels& kernels);

}  // namespace dure::trainer
