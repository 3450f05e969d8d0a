// What every implementation of every operator must compute to the reference's bits: one list of cases, run on the CPU's
// instruction sets (equality_test.cpp) and on the GPU's kernels in the shim (cuda/operators_test.cpp).
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "tests/trainer/kernels/machines.h"

namespace dure::trainer::testing {

struct Runner {
    std::vector<Implementation> implementations;
    bool fast;  // threads that are fibers take a thousand times as long: fewer and smaller shapes

    // So many random shapes.
    int64_t shapes(int64_t if_fast, int64_t if_slow) const {
        return (fast ? if_fast : if_slow) * test_scale();
    }
    void expect_equal(const std::string& what, const Compute& compute) const {
        expect_equal_on(implementations, what, compute);
    }
};

inline Runner this_cpu() {
    return {implementations_of_this_cpu(), true};
}

struct OperatorCase {
    const char* name;
    void (*check)(const Runner&);
};

inline std::ostream& operator<<(std::ostream& out, const OperatorCase& one) {
    return out << one.name;
}

const std::vector<OperatorCase>& operator_cases();

// All products of one shape.
void expect_products_equal(const Runner& runner, Random& random, int64_t T, int64_t N, int64_t K);

// A suite of this runs every case. `runner` is a function without arguments.
#define DURE_RUN_OPERATOR_CASES(Suite, runner)                                        \
    class Suite : public ::testing::TestWithParam<OperatorCase> {};                   \
    TEST_P(Suite, HasTheReferencesBits) {                                             \
        GetParam().check(runner());                                                   \
    }                                                                                 \
    INSTANTIATE_TEST_SUITE_P(Operators, Suite, ::testing::ValuesIn(operator_cases()), \
                             [](const auto& tested) { return std::string(tested.param.name); })

}  // namespace dure::trainer::testing
