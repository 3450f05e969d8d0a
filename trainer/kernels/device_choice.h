// Which device computes, chosen at run time. All give the same bits.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "trainer/kernels/kernels.h"

namespace dure::trainer {

enum class DeviceKind : uint8_t { cpu, cuda };

// "cpu", "cuda".
const char* device_kind_name(DeviceKind kind);
// The kind of that name; false, and `kind` untouched, if there is none.
bool device_kind_from_name(const std::string& name, DeviceKind& kind);

// Why this program on this machine cannot use such a device, and what it needs; empty if it can.
std::string device_fault(DeviceKind kind);

// Kernels of `isa` on the CPU, or those of the GPU with such kernels as their host(). `executor` must outlive the result.
// Throws DeviceError with device_fault's text. A GPU's kernels are to be used by one thread at a time.
std::unique_ptr<Kernels> make_kernels(DeviceKind kind, Isa isa, Executor& executor);

}  // namespace dure::trainer
