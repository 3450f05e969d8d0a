#include "trainer/kernels/executor.h"

#include <gtest/gtest.h>
#include <xmmintrin.h>

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

#include "trainer/kernels/floating_point.h"

namespace dure::trainer {
namespace {

TEST(Executor, CallsEveryItemOnce) {
    SerialExecutor serial;
    for (const int threads : {1, 2, 3, 7}) {
        ThreadPool pool(threads);
        EXPECT_EQ(pool.threads(), threads);
        for (Executor* executor : {static_cast<Executor*>(&serial), static_cast<Executor*>(&pool)}) {
            for (const int64_t count : {0, 1, 2, 5, 64, 1000}) {
                std::vector<std::atomic<int>> calls(static_cast<size_t>(count));
                executor->parallel_for(count, [&](int64_t begin, int64_t end) {
                    for (int64_t i = begin; i < end; ++i)
                        ++calls[static_cast<size_t>(i)];
                });
                for (const auto& c : calls)
                    EXPECT_EQ(c, 1);
            }
        }
    }
}

TEST(Executor, AllThreadsWorkAtTheSameTime) {
    constexpr int k_threads = 3;
    ThreadPool pool(k_threads);
    std::atomic<int> arrived{0};
    // Nobody leaves before everybody has come: this returns only if each item has a thread of its own.
    pool.parallel_for(k_threads, [&](int64_t, int64_t) {
        ++arrived;
        while (arrived < k_threads)
            std::this_thread::yield();
    });
    EXPECT_EQ(arrived, k_threads);
}

TEST(Executor, ManyShortJobsFollowOneAnother) {
    ThreadPool pool(3);
    std::atomic<int64_t> total{0};
    for (int i = 0; i < 20000; ++i) {
        pool.parallel_for(4, [&](int64_t begin, int64_t end) { total += end - begin; });
    }
    EXPECT_EQ(total, 80000);
}

TEST(Executor, CallersTakeTurns) {
    ThreadPool pool(2);
    std::atomic<int64_t> total{0};
    const auto call = [&] {
        for (int i = 0; i < 2000; ++i) {
            pool.parallel_for(10, [&](int64_t begin, int64_t end) { total += end - begin; });
        }
    };
    std::thread other(call);
    call();
    other.join();
    EXPECT_EQ(total, 40000);
}

TEST(Executor, RefusesImpossibleThreadCounts) {
    EXPECT_THROW(ThreadPool(0), std::runtime_error);
    EXPECT_THROW(ThreadPool(ThreadPool::k_max_threads + 1), std::runtime_error);
}

TEST(FloatingPoint, ChangedRoundingOrFlushBitsAreFound) {
    EXPECT_EQ(floating_point_fault(), nullptr);
    const unsigned before = _mm_getcsr();
    for (const unsigned change : {0x8000u, 0x0040u, 0x2000u, 0x4000u, 0x6000u}) {
        _mm_setcsr(before | change);
        const bool found = floating_point_fault() != nullptr;
        bool refused = false;
        try {
            ThreadPool pool(2);
        } catch (const std::runtime_error&) {
            refused = true;
        }
        _mm_setcsr(before);
        EXPECT_TRUE(found) << change;
        EXPECT_TRUE(refused) << change;
    }
    EXPECT_EQ(floating_point_fault(), nullptr);
}

}  // namespace
}  // namespace dure::trainer
