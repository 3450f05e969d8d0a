// What the kernel tests share: random values, and the comparison of every implementation and thread count of
// this CPU with the reference, bit for bit.
#pragma once

#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/trainer/kernels/test_scale.h"
#include "trainer/kernels/kernels.h"
#include "trainer/kernels/splitmix.h"

namespace dure::trainer::testing {

using Floats = std::vector<float>;
using Outputs = std::vector<Floats>;

class Random : public SplitMix64 {
  public:
    using SplitMix64::SplitMix64;

    // Uniform in [-1, 1).
    float unit() { return static_cast<float>(static_cast<int64_t>(next() >> 40) - (1 << 23)) * 0x1p-23f; }
    // Mostly of order 1, sometimes zero of either sign, tiny or subnormal.
    float value() {
        switch (next() % 16) {
            case 0:
                return 0.0f;
            case 1:
                return -0.0f;
            case 2:
                return unit() * 0x1p-130f;
            case 3:
                return unit() * 0x1p-20f;
            default:
                return unit() * 2.0f;
        }
    }
    Floats units(int64_t count) {
        Floats result(static_cast<size_t>(count));
        for (float& x : result)
            x = unit();
        return result;
    }
    Floats values(int64_t count) {
        Floats result(static_cast<size_t>(count));
        for (float& x : result)
            x = value();
        return result;
    }
};

inline Floats empty(int64_t count) {
    return Floats(static_cast<size_t>(count), 12345.0f);
}

struct Machine {
    std::string name;
    std::unique_ptr<Executor> executor;
    std::unique_ptr<Kernels> kernels;
};

// Every implementation that this CPU runs, each with 1, 2 and 3 threads; the reference comes first.
inline const std::vector<Machine>& machines() {
    static const std::vector<Machine> all = [] {
        std::vector<Machine> result;
        for (const Isa isa : {Isa::reference, Isa::avx2, Isa::avx512}) {
            if (!isa_supported(isa)) continue;
            for (int threads = 1; threads <= (isa == Isa::reference ? 1 : 3); ++threads) {
                Machine machine;
                machine.name = std::string(isa_name(isa)) + " on " + std::to_string(threads);
                machine.executor = std::make_unique<ThreadPool>(threads);
                machine.kernels = make_kernels(isa, *machine.executor);
                result.push_back(std::move(machine));
            }
        }
        return result;
    }();
    return all;
}

inline const Kernels& reference() {
    return *machines().front().kernels;
}

inline void expect_same_bits(const Floats& expected, const Floats& actual, const std::string& what) {
    ASSERT_EQ(expected.size(), actual.size()) << what;
    for (size_t i = 0; i < expected.size(); ++i) {
        ASSERT_EQ(std::bit_cast<uint32_t>(expected[i]), std::bit_cast<uint32_t>(actual[i]))
            << what << ": element " << i << " is " << actual[i] << ", the reference says " << expected[i];
    }
}

// What is compared with the reference: kernels for the program's own memory.
struct Implementation {
    std::string name;
    const Kernels* kernels;
};

inline std::vector<Implementation> implementations_of_this_cpu() {
    std::vector<Implementation> result;
    for (const Machine& machine : machines())
        result.push_back({machine.name, machine.kernels.get()});
    return result;
}

using Compute = std::function<Outputs(const Kernels&)>;

// Runs `compute` on the reference and on each implementation and expects the same bits in all outputs.
inline void expect_equal_on(const std::vector<Implementation>& implementations, const std::string& what,
                            const Compute& compute) {
    const Outputs expected = compute(reference());
    for (const Implementation& implementation : implementations) {
        const Outputs actual = compute(*implementation.kernels);
        ASSERT_EQ(expected.size(), actual.size());
        for (size_t i = 0; i < expected.size(); ++i) {
            expect_same_bits(expected[i], actual[i],
                             what + ", output " + std::to_string(i) + ", " + implementation.name);
            if (::testing::Test::HasFatalFailure()) return;
        }
    }
}

inline void expect_equal_everywhere(const std::string& what, const Compute& compute) {
    expect_equal_on(implementations_of_this_cpu(), what, compute);
}

}  // namespace dure::trainer::testing
