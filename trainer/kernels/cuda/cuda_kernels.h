// The way to CUDA for code that knows nothing of it. Where the program is built without CUDA, it always has a fault.
#pragma once

#include <memory>
#include <string>

#include "trainer/kernels/kernels.h"

namespace dure::trainer {

// Why CUDA cannot be used, and what it needs; empty if it can.
std::string cuda_fault();

// Kernels on the first GPU that is visible (the environment's CUDA_VISIBLE_DEVICES says which are). Throws DeviceError.
std::unique_ptr<Kernels> make_cuda_kernels(std::unique_ptr<Kernels> host);

}  // namespace dure::trainer
