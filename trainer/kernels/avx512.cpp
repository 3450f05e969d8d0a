// The operators compiled for AVX-512. Nothing with external linkage but the last function.
#include "trainer/kernels/lanes/avx512.h"
#include "trainer/kernels/implementations.h"
#include "trainer/kernels/vector_kernels.h"

namespace dure::trainer {

Kernels* new_avx512_kernels(Executor& executor) {
    return new VectorKernels(executor);
}

}  // namespace dure::trainer
