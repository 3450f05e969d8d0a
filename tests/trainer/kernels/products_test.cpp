#include "tests/trainer/kernels/machines.h"

namespace dure::trainer::testing {
namespace {

std::string shape_name(const char* what, int64_t T, int64_t N, int64_t K) {
    return std::string(what) + " T=" + std::to_string(T) + " N=" + std::to_string(N) +
           " K=" + std::to_string(K);
}

void expect_products_equal(Random& random, int64_t T, int64_t N, int64_t K) {
    const Floats x = random.values(T * K);
    const Floats w = random.values(N * K);
    const Floats dy = random.values(T * N);
    const Floats before_out = random.values(T * N);
    const Floats before_dx = random.values(T * K);
    const Floats before_dw = random.values(N * K);
    for (const Store store : {Store::write, Store::add}) {
        expect_equal_everywhere(shape_name("matmul", T, N, K), [&](const Kernels& kernels) {
            Floats out = before_out;
            kernels.matmul(out.data(), x.data(), w.data(), T, N, K, store);
            return Outputs{out};
        });
        expect_equal_everywhere(shape_name("input gradient", T, N, K), [&](const Kernels& kernels) {
            Floats dx = before_dx;
            kernels.matmul_input_gradient(dx.data(), dy.data(), w.data(), T, N, K, store);
            return Outputs{dx};
        });
    }
    expect_equal_everywhere(shape_name("weight gradient", T, N, K), [&](const Kernels& kernels) {
        Floats dw = before_dw;
        kernels.matmul_weight_gradient(dw.data(), dy.data(), x.data(), T, N, K);
        return Outputs{dw};
    });
}

TEST(Products, AreEqualOnEveryMachineForSmallOddShapes) {
    Random random(1);
    for (int64_t i = 0; i < 60 * test_scale() && !HasFatalFailure(); ++i) {
        expect_products_equal(random, random.between(1, 70), random.between(1, 70), random.between(1, 70));
    }
}

TEST(Products, AreEqualOnEveryMachineForEveryHeightAndWidthOfATile) {
    Random random(2);
    for (int64_t size = 1; size <= 34 && !HasFatalFailure(); ++size) {
        expect_products_equal(random, size, 35 - size, 17);
    }
}

TEST(Products, AreEqualOnEveryMachineForShapesThatAreCutIntoBlocks) {
    Random random(3);
    expect_products_equal(random, 8, 300, 1700);
    expect_products_equal(random, 30, 67, 1601);
    expect_products_equal(random, 37, 2100, 33);
    expect_products_equal(random, 1100, 33, 40);
    expect_products_equal(random, 513, 128, 48);
    expect_products_equal(random, 600, 20, 1400);
    expect_products_equal(random, 90, 530, 20);
    for (int64_t i = 0; i < 3 * test_scale() && !HasFatalFailure(); ++i) {
        expect_products_equal(random, random.between(1, 300), random.between(1, 100), random.between(1, 100));
    }
}

TEST(Products, OfNothingAreZero) {
    expect_equal_everywhere("K = 0", [](const Kernels& kernels) {
        Floats out = empty(6);
        kernels.matmul(out.data(), nullptr, nullptr, 2, 3, 0);
        return Outputs{out};
    });
    Floats untouched{1.0f, 2.0f};
    for (const Machine& machine : machines()) {
        machine.kernels->matmul_weight_gradient(untouched.data(), nullptr, nullptr, 0, 1, 2);
        machine.kernels->matmul(nullptr, nullptr, untouched.data(), 0, 1, 2);
        EXPECT_EQ(untouched, (Floats{1.0f, 2.0f})) << machine.name;
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
