// How many seeds a test tries: DURE_TEST_SCALE times as many as usual.
#pragma once

#include <cstdint>
#include <cstdlib>

namespace dure::adversary {

inline std::uint64_t seeds(std::uint64_t usual) {
    const char* const text = std::getenv("DURE_TEST_SCALE");
    const long long scale = text == nullptr ? 1 : std::atoll(text);
    return usual * static_cast<std::uint64_t>(scale < 1 ? 1 : scale);
}

}  // namespace dure::adversary
