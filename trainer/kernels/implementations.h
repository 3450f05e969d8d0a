// The vector implementations behind make_kernels. Raw owning pointers, so that the files compiled for a wider
// instruction set need no inline library code.
#pragma once

#include "trainer/kernels/kernels.h"

namespace dure::trainer {

Kernels* new_avx2_kernels(Executor& executor);    // only where isa_supported(Isa::avx2)
Kernels* new_avx512_kernels(Executor& executor);  // only where isa_supported(Isa::avx512)

}  // namespace dure::trainer
