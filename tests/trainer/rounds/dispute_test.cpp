// A dispute as its two sides and its committee compute it: bisection over the steps of a segment to the first
// one after which both have different states, and that one step replayed.
#include <gtest/gtest.h>

#include <bit>
#include <optional>

#include "tests/trainer/rounds/units.h"
#include "trainer/rounds/replay.h"

namespace dure::trainer {
namespace {

using testing::fastest_machine;
using testing::overflowing_unit;
using testing::sample_unit;
using testing::SampleUnit;

constexpr std::uint32_t k_steps = 8;

/// One side's states: states[i] after i steps.
struct Side {
    std::vector<Hash> states;
    std::vector<TrainingState> stored;
};

Side honest(const Kernels& kernels, const WorkUnit& unit) {
    Side side{{start_state(*unit.base).hash()}, {start_state(*unit.base)}};
    const auto states = replay_steps(kernels, unit, ReplayStart::base(), 0, k_steps, {},
                                     [&](const TrainingState& state) { side.stored.push_back(state); });
    EXPECT_TRUE(states);
    side.states.insert(side.states.end(), states->begin(), states->end());
    return side;
}

/// Goes on from a state that it changed by one bit after step `wrong`.
Side corrupted(const Kernels& kernels, const WorkUnit& unit, const Side& truth, std::uint32_t wrong) {
    Side side{{truth.states.begin(), truth.states.begin() + wrong},
              {truth.stored.begin(), truth.stored.begin() + wrong}};
    TrainingState state = truth.stored[wrong];
    float& number = state.parameters[wrong * 97];
    number = std::bit_cast<float>(std::bit_cast<std::uint32_t>(number) ^ (1U << 20U));
    side.states.push_back(state.hash());
    side.stored.push_back(state);
    if (wrong == k_steps) return side;
    const auto rest = replay_steps(kernels, unit, {&state, state.hash()}, wrong, k_steps);
    EXPECT_TRUE(rest);
    side.states.insert(side.states.end(), rest->begin(), rest->end());
    return side;
}

/// The step (from 1) before which both agree and after which they do not; they agree after `from`, not after
/// `to`.
std::uint32_t bisect(const std::vector<Hash>& one, const std::vector<Hash>& other, std::uint32_t from,
                     std::uint32_t to) {
    while (to - from > 1) {
        const std::uint32_t middle = from + (to - from) / 2;
        (one[middle] == other[middle] ? from : to) = middle;
    }
    return to;
}

TEST(Dispute, FindsTheFirstWrongStepWhereverItIsAndTheCommitteeSidesWithTheHonest) {
    const auto machine = fastest_machine();
    const SampleUnit sample = sample_unit(k_steps, 4);
    const Side truth = honest(*machine.kernels, sample.unit());
    for (std::uint32_t wrong = 1; wrong <= k_steps; ++wrong) {
        const Side liar = corrupted(*machine.kernels, sample.unit(), truth, wrong);
        ASSERT_EQ(liar.states.size(), truth.states.size());
        // The segment whose end differs first.
        const std::uint32_t from = (wrong - 1) / 4 * 4;
        ASSERT_EQ(truth.states[from], liar.states[from]);
        ASSERT_NE(truth.states[from + 4], liar.states[from + 4]);
        const std::uint32_t found = bisect(truth.states, liar.states, from, from + 4);
        EXPECT_EQ(found, wrong);
        // The liar serves the state that both agree on; each member of the committee replays one step.
        testing::on_every_machine([&](const testing::Machine& member) {
            const auto verdict =
                replay_steps(*member.kernels, sample.unit(),
                             {&liar.stored[found - 1], truth.states[found - 1]}, found - 1, found);
            ASSERT_TRUE(verdict) << verdict.error().message;
            EXPECT_EQ((*verdict)[0], truth.states[found]) << member.name;
            EXPECT_NE((*verdict)[0], liar.states[found]);
        });
        // Another state than the one agreed on is not replayed.
        EXPECT_FALSE(replay_steps(*machine.kernels, sample.unit(),
                                  {&liar.stored[wrong], truth.states[wrong - 1]}, wrong - 1, wrong));
    }
}

TEST(Dispute, OverAStepThatIsNotFiniteIsDecidedByThatStep) {
    const auto machine = fastest_machine();
    for (std::uint32_t failing = 1; failing <= k_steps; ++failing) {
        const SampleUnit sample = overflowing_unit(failing, k_steps, 4);
        const Side truth = honest(*machine.kernels, sample.unit());
        ASSERT_EQ(truth.stored.size(), failing);
        // Who claims that an earlier step was not finite, and who claims that none was.
        for (std::uint32_t claimed = 1; claimed <= k_steps + 1; ++claimed) {
            if (claimed == failing) continue;
            std::vector<Hash> lie = truth.states;
            for (std::uint32_t step = std::min(claimed, failing); step <= k_steps; ++step) {
                lie[step] = claimed <= step ? not_finite_state(claimed, lie[claimed - 1])
                                            : sha256(encode(std::uint64_t{step}));
            }
            const std::uint32_t found = bisect(truth.states, lie, 0, k_steps);
            EXPECT_EQ(found, std::min(claimed, failing));
            const auto verdict =
                replay_steps(*machine.kernels, sample.unit(),
                             {&truth.stored[found - 1], truth.states[found - 1]}, found - 1, found);
            ASSERT_TRUE(verdict);
            EXPECT_EQ((*verdict)[0], truth.states[found]);
        }
    }
}

}  // namespace
}  // namespace dure::trainer
