// A node's disk fails at every operation there is, in every way that disks fail, under the block log, the journal and
// RocksDB alike: the node comes up with a commit or without it, never between, and never without what it had
// acknowledged.
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include "tests/node/crash/machine.h"
#include "tests/support/scale.h"

namespace dure::test {
namespace {

const History& history() {
    static const History made = make_history({1, 1, 2, 1, 3, 1, 1});
    return made;
}

/// Keeps few blocks, in small segments: new ones begin, and old ones are deleted, all the time.
constexpr node::Keeping k_few{.blocks = 3, .segment_bytes = 1'500};

/// Lets `mishap` happen at each operation of a whole life, or at every `step`-th; then the node starts again and must
/// come to the history's end.
void at_every_operation(Mishap mishap, std::uint64_t seed, std::uint64_t step,
                        const node::Keeping& keeping = {}, bool scrambles = true) {
    spdlog::set_level(spdlog::level::err);
    for (std::uint64_t at = seed % step;; at += step) {
        Machine machine(seed * 1'000 + at, keeping, scrambles);
        machine.mishaps.plan(mishap, at);
        const Machine::End end = machine.live(history());
        if (!machine.mishaps.happened()) {
            EXPECT_EQ(end, Machine::End::finished) << machine.refusal;
            EXPECT_GT(at, 50u) << "so few operations cannot be all";
            return;
        }
        machine.restore_power();
        ASSERT_EQ(machine.live(history()), Machine::End::finished)
            << "after operation " << at << ", seed " << seed << ": " << machine.refusal;
        ASSERT_FALSE(::testing::Test::HasFailure()) << "after operation " << at << ", seed " << seed;
    }
}

TEST(Crash, PowerMayGoAtAnyOperation) {
    for (std::uint64_t seed = 1; seed <= 1 * scale(); ++seed)
        at_every_operation(Mishap::power_cut, seed, 1);
}

TEST(Crash, AnyOperationMayFail) {
    for (std::uint64_t seed = 1; seed <= 1 * scale(); ++seed)
        at_every_operation(Mishap::error, seed, 3);
}

TEST(Crash, TheDiskMayBeFullFromAnyOperationOn) {
    for (std::uint64_t seed = 1; seed <= 1 * scale(); ++seed)
        at_every_operation(Mishap::disk_full, seed, 5);
}

TEST(Crash, PowerMayGoWhileOldBlocksAreDeleted) {
    for (std::uint64_t seed = 1; seed <= 1 * scale(); ++seed)
        at_every_operation(Mishap::power_cut, seed, 2, k_few, false);
}

TEST(Crash, PowerMayGoAgainAndAgainAlsoWhileItRecovers) {
    for (std::uint64_t seed = 1; seed <= 10 * scale(); ++seed) {
        std::mt19937_64 chance(seed);
        Machine machine(seed);
        for (int life = 0; life < 6; ++life) {
            machine.mishaps.plan(Mishap::power_cut, chance() % 60);
            static_cast<void>(machine.live(history()));
            machine.restore_power();
            ASSERT_FALSE(::testing::Test::HasFailure()) << "seed " << seed << ", life " << life;
        }
        ASSERT_EQ(machine.live(history()), Machine::End::finished) << "seed " << seed << machine.refusal;
    }
}

}  // namespace
}  // namespace dure::test
