// A device with a stream of work: what GpuKernels needs of a GPU, or of the shim.
#pragma once

#include "trainer/kernels/cuda/platform.h"
#include "trainer/kernels/device.h"

namespace dure::trainer::DURE_GPU {

class GpuDevice : public Device {
  public:
    bool is_host() const override { return false; }
    virtual const Stream& stream() const = 0;
    // Whether `pointer` names this device's memory. A device that cannot tell says yes.
    virtual bool holds(const void* pointer) const = 0;
};

}  // namespace dure::trainer::DURE_GPU
