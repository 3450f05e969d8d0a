#include "trainer/kernels/implementations.h"
namespace dure::trainer { Kernels* new_avx2_kernels(Executor& e) { return new_reference_kernels(e); } }
