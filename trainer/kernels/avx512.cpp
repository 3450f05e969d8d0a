#include "trainer/kernels/implementations.h"
namespace dure::trainer { Kernels* new_avx512_kernels(Executor& e) { return new_reference_kernels(e); } }
