// Built in the place of CUDA's kernels where there is no CUDA toolkit.
#include "trainer/kernels/cuda/cuda_kernels.h"
#include "trainer/kernels/device.h"

namespace dure::trainer {

std::string cuda_fault() {
    return "this program was built without CUDA: install the CUDA toolkit (nvcc), and configure and build "
           "again";
}

std::unique_ptr<Kernels> make_cuda_kernels(std::unique_ptr<Kernels>) {
    throw DeviceError(cuda_fault());
}

}  // namespace dure::trainer
