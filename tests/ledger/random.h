// A seeded source of choices for tests, the same on every machine; and how much longer than usual a run may
// take.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

namespace dure::ledger::testing {

class Random {
  public:
    explicit Random(std::uint64_t seed) : engine_(seed) {}
    std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }
    bool one_in(std::uint64_t count) { return below(count) == 0; }
    template <class T>
    const T& pick(const std::vector<T>& from) {
        return from[static_cast<std::size_t>(below(from.size()))];
    }
    /// Small numbers often, large ones sometimes: up to 2^bits.
    std::uint64_t skewed(unsigned bits) { return engine_() >> (63 - below(bits)); }

  private:
    std::mt19937_64 engine_;
};

/// DURE_TEST_SCALE, 1 unless set.
inline std::uint64_t test_scale() {
    const char* text = std::getenv("DURE_TEST_SCALE");
    const std::uint64_t scale = text == nullptr ? 1 : std::strtoull(text, nullptr, 10);
    return scale == 0 ? 1 : scale;
}

}  // namespace dure::ledger::testing
