// The shim itself: it must find what it is for.
#include "trainer/kernels/cuda/shim/blocks.h"

#include <gtest/gtest.h>

#include <numeric>
#include <set>
#include <string>
#include <vector>

namespace dure::trainer::shim {
namespace {

constexpr int k_threads = 128;

void run(uint64_t seed, int threads, const std::function<void()>& body) {
    Order order(seed);
    run_blocks(&order, {}, threads, body);
}

// What a launch of one block says of itself; empty if all is well.
std::string fault_of(const std::function<void()>& body) {
    try {
        run(1, k_threads, body);
    } catch (const Fault& fault) {
        return fault.what();
    }
    return "";
}

TEST(Blocks, EachThreadOfEachBlockRunsOnce) {
    Order order(1);
    std::multiset<unsigned> seen;
    const Index grid{3, 2, 5};
    run_blocks(&order, grid, 64, [&] {
        const Index block = block_index();
        EXPECT_EQ(grid_size().z, 5U);
        seen.insert(((block.z * 2 + block.y) * 3 + block.x) * 64 + static_cast<unsigned>(thread_index()));
    });
    EXPECT_EQ(seen.size(), 3U * 2 * 5 * 64);
    for (unsigned i = 0; i < 3U * 2 * 5 * 64; ++i)
        EXPECT_EQ(seen.count(i), 1U);
}

// Rotates an array of the block's threads by one place.
std::vector<int> rotated(uint64_t seed, bool with_barrier) {
    static int launches = 0;
    const int mark = 1000 * ++launches;  // no launch takes another's values for its own
    std::vector<int> result(k_threads);
    run(seed, k_threads, [&] {
        static int shared[k_threads];
        const auto i = static_cast<size_t>(thread_index());
        shared[i] = thread_index() + mark;
        if (with_barrier) barrier();
        result[i] = shared[(i + 1) % k_threads] - mark;
    });
    return result;
}

TEST(Blocks, ABarrierOrdersWhatThreadsShare) {
    std::vector<int> expected(k_threads);
    for (int i = 0; i < k_threads; ++i)
        expected[static_cast<size_t>(i)] = (i + 1) % k_threads;
    for (uint64_t seed = 1; seed <= 20; ++seed)
        EXPECT_EQ(rotated(seed, true), expected) << seed;
}

TEST(Blocks, APlantedRaceShowsUnderEverySeed) {
    for (uint64_t seed = 1; seed <= 20; ++seed)
        EXPECT_NE(rotated(seed, false), rotated(seed, true)) << seed;
}

TEST(Blocks, ThreadsAtDifferentBarriersAreAFault) {
    const std::string fault = fault_of([] {
        if (thread_index() < 64) {
            barrier();
        } else {
            barrier();
        }
    });
    EXPECT_NE(fault.find("waits at the barrier"), std::string::npos) << fault;
    EXPECT_NE(fault.find("blocks_test.cpp"), std::string::npos) << fault;
}

TEST(Blocks, ABarrierThatEndedThreadsCannotReachIsAFault) {
    const std::string fault = fault_of([] {
        if (thread_index() == 77) return;
        barrier();
    });
    EXPECT_NE(fault.find("thread 77"), std::string::npos) << fault;
    EXPECT_NE(fault.find("has ended"), std::string::npos) << fault;
}

TEST(Blocks, LanesMissingFromAShuffleAreAFault) {
    const std::string fault = fault_of([] {
        if (thread_index() % 32 != 5) shuffle(1.0f, 0);
    });
    EXPECT_NE(fault.find("waits for its warp"), std::string::npos) << fault;
}

TEST(Blocks, LanesOfAWarpInDifferentShufflesAreAFault) {
    const std::string fault = fault_of([] {
        if (thread_index() % 2 == 0) {
            shuffle(1.0f, 0);
        } else {
            shuffle(1.0f, 0);
        }
    });
    EXPECT_NE(fault.find("waits for its warp"), std::string::npos) << fault;
}

TEST(Blocks, WarpsMayPartWays) {
    const std::string fault = fault_of([] {
        if (thread_index() < 32) shuffle(1.0f, 0);
    });
    EXPECT_EQ(fault, "");
}

TEST(Blocks, AfterAFaultTheNextLaunchRuns) {
    EXPECT_NE(fault_of([] {
                  if (thread_index() == 0) barrier();
              }),
              "");
    EXPECT_EQ(rotated(3, true)[0], 1);
    EXPECT_EQ(fault_of([] { barrier(); }), "");
}

TEST(Blocks, WarpsExchangeValues) {
    for (uint64_t seed = 1; seed <= 5; ++seed) {
        run(seed, k_threads, [] {
            const int thread = thread_index();
            const int lane = thread % 32;
            const auto value = static_cast<float>(thread);
            for (int round = 0; round < 3; ++round) {
                EXPECT_EQ(shuffle(value, 7), static_cast<float>(thread - lane + 7));
                EXPECT_EQ(shuffle_xor(value, 5), static_cast<float>(thread - lane + (lane ^ 5)));
                EXPECT_EQ(shuffle_down(value, 4), lane < 28 ? value + 4 : value);
                EXPECT_EQ(ballot(lane % 3 == 0), 0x49249249U);
            }
            EXPECT_TRUE(barrier_or(thread == 99));
            EXPECT_FALSE(barrier_or(false));
        });
    }
}

}  // namespace
}  // namespace dure::trainer::shim
