// main() of every unit test binary. Properties run from a fixed seed, so that a failure is the same on every
// machine; RC_PARAMS, when set, takes precedence (RapidCheck prints the string that reproduces a failure).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "tests/support/scale.h"

namespace dure::test {

std::size_t scale() {
    const char* const text = std::getenv("DURE_TEST_SCALE");
    if (text == nullptr) return 1;
    const unsigned long value = std::strtoul(text, nullptr, 10);
    return value == 0 ? 1 : value;
}

}  // namespace dure::test

int main(int argc, char** argv) {
    const std::string parameters = "seed=1 max_success=" + std::to_string(100 * dure::test::scale());
    setenv("RC_PARAMS", parameters.c_str(), 0);
    testing::InitGoogleMock(&argc, argv);
    return RUN_ALL_TESTS();
}
