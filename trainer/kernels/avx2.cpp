// The operators compiled for AVX2 and FMA. Nothing with external linkage but the last function.
#include "trainer/kernels/lanes/avx2.h"
#include "trainer/kernels/implementations.h"
#include "trainer/kernels/vector_kernels.h"

namespace dure::trainer {

Kernels* new_avx2_kernels(Executor& executor) {
    return new VectorKernels(executor);
}

}  // namespace dure::trainer
