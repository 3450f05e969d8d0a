// How much a randomized test does. DURE_TEST_SCALE (default 1) multiplies the number of seeds, so that the
// same test serves the developer's second and the nightly hour.
#pragma once

#include <cstddef>

namespace dure::test {

/// The environment's DURE_TEST_SCALE, at least 1; 1 when it is unset or no number.
std::size_t scale();

}  // namespace dure::test
