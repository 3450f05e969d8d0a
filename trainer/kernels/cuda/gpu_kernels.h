// Kernels whose operators run on a GpuDevice. Compiled twice: for CUDA's, and for the shim's.
//
// Promise: every operator puts its work into the device's stream and returns, but for those that return a value. Working
// memory grows to what the largest call needs and stays: a training step allocates nothing after the first. To be used by
// one thread at a time.
#pragma once

#include <memory>

#include "trainer/kernels/cuda/gpu_device.h"
#include "trainer/kernels/kernels.h"

namespace dure::trainer::DURE_GPU {

// `host`: the kernels for the program's own memory.
std::unique_ptr<Kernels> make_gpu_kernels(std::unique_ptr<GpuDevice> device, std::unique_ptr<Kernels> host);

}  // namespace dure::trainer::DURE_GPU
