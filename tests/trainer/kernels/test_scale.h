// How much more than usual the tests of kernels are to try: DURE_TEST_SCALE, 1 if it is not set.
#pragma once

#include <cstdint>
#include <cstdlib>

namespace dure::trainer::testing {

inline int64_t test_scale() {
    const char* const text = std::getenv("DURE_TEST_SCALE");
    const int64_t scale = text == nullptr ? 1 : std::atoll(text);
    return scale < 1 ? 1 : scale;
}

}  // namespace dure::trainer::testing
