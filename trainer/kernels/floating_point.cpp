#include "trainer/kernels/floating_point.h"

#include <xmmintrin.h>

namespace dure::trainer {

const char* floating_point_fault() {
    constexpr unsigned k_rounding = 0x6000;
    constexpr unsigned k_flush_to_zero = 0x8000;
    constexpr unsigned k_denormals_are_zero = 0x0040;
    const unsigned state = _mm_getcsr();
    if ((state & k_rounding) != 0) return "the floating-point unit does not round to nearest even";
    if ((state & k_flush_to_zero) != 0) {
        return "the floating-point unit flushes subnormal results to zero (a library built with -Ofast?)";
    }
    if ((state & k_denormals_are_zero) != 0) {
        return "the floating-point unit treats subnormal inputs as zero (a library built with -Ofast?)";
    }
    // The register may be right and the unit not (an emulator, a foreign compiler flag): compute something.
    volatile float smallest_normal = 0x1p-126f;
    volatile float half = 0.5f;
    volatile float one = 1.0f;
    volatile float half_ulp = 0x1p-24f;
    volatile float above_half_ulp = 0x1.000002p-24f;
    if (smallest_normal * half != 0x1p-127f) return "subnormal results are lost";
    if (one + half_ulp != 1.0f || one + above_half_ulp != 0x1.000002p0f)
        return "additions are not rounded to even";
    return nullptr;
}

}  // namespace dure::trainer
