// What only the CPU's products promise, or only large shapes show; operator_cases.h has the rest.
#include "tests/trainer/kernels/operator_cases.h"

namespace dure::trainer::testing {
namespace {

TEST(Products, AreEqualOnEveryMachineForEveryHeightAndWidthOfATile) {
    Random random(2);
    for (int64_t size = 1; size <= 34 && !HasFatalFailure(); ++size) {
        expect_products_equal(this_cpu(), random, size, 35 - size, 17);
    }
}

TEST(Products, AreEqualOnEveryMachineForShapesThatAreCutIntoBlocks) {
    Random random(3);
    expect_products_equal(this_cpu(), random, 8, 300, 1700);
    expect_products_equal(this_cpu(), random, 30, 67, 1601);
    expect_products_equal(this_cpu(), random, 37, 2100, 33);
    expect_products_equal(this_cpu(), random, 1100, 33, 40);
    expect_products_equal(this_cpu(), random, 513, 128, 48);
    expect_products_equal(this_cpu(), random, 600, 20, 1400);
    expect_products_equal(this_cpu(), random, 90, 530, 20);
    for (int64_t i = 0; i < 3 * test_scale() && !HasFatalFailure(); ++i) {
        expect_products_equal(this_cpu(), random, random.between(1, 300), random.between(1, 100),
                              random.between(1, 100));
    }
}

TEST(Products, AreOneChainOverK) {
    // (2^24 + 1) - 2^24 loses the 1 in this order and in no other.
    const Floats x{0x1p24f, 1.0f, -0x1p24f};
    const Floats w{1.0f, 1.0f, 1.0f};
    for (const Machine& machine : machines()) {
        Floats out = empty(1);
        machine.kernels->matmul(out.data(), x.data(), w.data(), 1, 1, 3);
        EXPECT_EQ(out[0], 0.0f) << machine.name;
    }
}

TEST(Products, NeverEndInMinusZero) {
    const Floats x{-0x1p-100f};
    const Floats w{0x1p-100f};  // the product underflows to -0
    for (const Machine& machine : machines()) {
        Floats out = empty(1);
        machine.kernels->matmul(out.data(), x.data(), w.data(), 1, 1, 1);
        EXPECT_EQ(std::bit_cast<uint32_t>(out[0]), 0u) << machine.name;
    }
}

TEST(Products, WeightGradientDoesNotDependOnTheMicroBatch) {
    Random random(4);
    constexpr int64_t T = 3 * k_token_chunk + 100;
    constexpr int64_t N = 20;
    constexpr int64_t K = 24;
    const Floats x = random.values(T * K);
    const Floats dy = random.values(T * N);
    for (const Machine& machine : machines()) {
        Floats whole(static_cast<size_t>(N * K));
        machine.kernels->matmul_weight_gradient(whole.data(), dy.data(), x.data(), T, N, K);
        Floats parts(static_cast<size_t>(N * K));
        for (int64_t begin = 0; begin < T; begin += 2 * k_token_chunk) {
            const int64_t count = std::min(2 * k_token_chunk, T - begin);
            machine.kernels->matmul_weight_gradient(parts.data(), dy.data() + begin * N, x.data() + begin * K,
                                                    count, N, K);
        }
        expect_same_bits(whole, parts, machine.name);
    }
}

TEST(Products, RowsDoNotDependOnTheBatchTheyAreIn) {
    Random random(5);
    constexpr int64_t T = 40;
    constexpr int64_t N = 70;
    constexpr int64_t K = 900;
    const Floats x = random.values(T * K);
    const Floats w = random.values(N * K);
    for (const Machine& machine : machines()) {
        Floats together = empty(T * N);
        machine.kernels->matmul(together.data(), x.data(), w.data(), T, N, K);
        Floats alone = empty(T * N);
        for (int64_t t = 0; t < T; ++t) {
            machine.kernels->matmul(alone.data() + t * N, x.data() + t * K, w.data(), 1, N, K);
        }
        expect_same_bits(together, alone, machine.name);
    }
}

}  // namespace
}  // namespace dure::trainer::testing
