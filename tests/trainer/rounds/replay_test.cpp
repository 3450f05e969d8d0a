#include "trainer/rounds/replay.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <bit>
#include <map>

#include "base/blob.h"
#include "tests/trainer/rounds/units.h"
#include "trainer/rounds/arrays.h"
#include "trainer/rounds/update.h"

namespace dure::trainer {
namespace {

using testing::fastest_machine;
using testing::on_every_machine;
using testing::overflowing_unit;
using testing::sample_unit;
using testing::SampleUnit;

const Hash k_secret = sha256(as_bytes("secret"));

/// A trained unit with every state that its trainer could store.
struct Trained {
    UnitResult result;
    std::map<std::uint32_t, TrainingState> kept;  ///< by boundary

    ReplayStart from(std::uint32_t boundary) const { return {&kept.at(boundary), result.states[boundary]}; }
};

Trained trained(const Kernels& kernels, const WorkUnit& unit) {
    Trained trained;
    auto result = train_unit(
        kernels, unit, k_secret, {},
        [&](std::uint32_t boundary, const TrainingState& state) { trained.kept.emplace(boundary, state); });
    EXPECT_TRUE(result) << result.error().message;
    if (result) trained.result = std::move(*result);
    return trained;
}

TEST(ReplaySegments, FromTheTrainersStoredStateGiveItsNextStatesOnEveryMachine) {
    const SampleUnit sample = sample_unit(7, 2);
    const Trained unit = trained(*fastest_machine().kernels, sample.unit());
    ASSERT_EQ(unit.result.states.size(), 5U);
    ASSERT_EQ(unit.kept.size(), 5U);
    for (const auto& [boundary, state] : unit.kept) {
        EXPECT_EQ(state.hash(), unit.result.states[boundary]);
        EXPECT_EQ(state.step, sample.unit().boundary_step(boundary));
    }
    EXPECT_EQ(unit.kept.at(0), start_state(sample.base));
    on_every_machine([&](const testing::Machine& machine) {
        for (std::uint32_t first = 0; first < 4; ++first) {
            for (std::uint32_t count = 1; first + count <= 4; ++count) {
                const auto replay =
                    replay_segments(*machine.kernels, sample.unit(), unit.from(first), first, count);
                ASSERT_TRUE(replay) << replay.error().message;
                const auto begin = unit.result.states.begin() + first + 1;
                EXPECT_EQ(replay->states, std::vector<Hash>(begin, begin + count)) << machine.name;
                EXPECT_TRUE(replay->update.empty());
            }
        }
        const auto whole = replay_segments(*machine.kernels, sample.unit(), ReplayStart::base(), 0, 4);
        ASSERT_TRUE(whole);
        EXPECT_EQ(whole->update, unit.result.update) << machine.name;
        EXPECT_EQ(whole->update_hash, unit.result.update_hash);
        EXPECT_EQ(whole->states, std::vector<Hash>(unit.result.states.begin() + 1, unit.result.states.end()));
    });
}

TEST(ReplaySegments, OfUnitsOfAnyLengthAgreeWithTheirTrainer) {
    const auto machine = fastest_machine();
    const bool holds = rc::check("replay of any segments == the trainer's states", [&] {
        const auto steps = *rc::gen::inRange<std::uint32_t>(1, 9);
        const auto segment_steps = *rc::gen::inRange<std::uint32_t>(1, steps + 1);
        const SampleUnit sample = sample_unit(steps, segment_steps);
        const Trained unit = trained(*machine.kernels, sample.unit());
        const auto first = *rc::gen::inRange<std::uint32_t>(0, sample.unit().segments());
        const auto count = *rc::gen::inRange<std::uint32_t>(1, sample.unit().segments() - first + 1);
        const auto replay = replay_segments(*machine.kernels, sample.unit(), unit.from(first), first, count);
        RC_ASSERT(replay.has_value());
        RC_ASSERT(
            std::equal(replay->states.begin(), replay->states.end(), unit.result.states.begin() + first + 1));
        RC_ASSERT(replay->states.size() == count);
    });
    EXPECT_TRUE(holds);
}

TEST(ReplaySegments, SeeOneFlippedBitAnywhereInTheStart) {
    const auto machine = fastest_machine();
    const SampleUnit sample = sample_unit(4, 2);
    const Trained unit = trained(*machine.kernels, sample.unit());
    const bool holds = rc::check("a start with one other bit is refused", [&] {
        TrainingState start = unit.kept.at(1);
        std::vector<float>* const arrays[] = {&start.parameters, &start.first_moment, &start.second_moment};
        auto& array = *arrays[*rc::gen::inRange(0, 3)];
        float& number = array[*rc::gen::inRange<std::size_t>(0, array.size())];
        number = std::bit_cast<float>(std::bit_cast<std::uint32_t>(number) ^
                                      (1U << *rc::gen::inRange<std::uint32_t>(0, 32)));
        RC_ASSERT(start.hash() != unit.result.states[1]);
        const auto replay =
            replay_segments(*machine.kernels, sample.unit(), {&start, unit.result.states[1]}, 1, 1);
        RC_ASSERT(!replay);
        RC_ASSERT(replay.error().code == ErrorCode::invalid);
        RC_ASSERT(!replay_steps(*machine.kernels, sample.unit(), {&start, unit.result.states[1]}, 2, 3));
    });
    EXPECT_TRUE(holds);
}

TEST(ReplaySegments, SeeOneFlippedBitAnywhereInTheSegmentsWindows) {
    const auto machine = fastest_machine();
    const SampleUnit sample = sample_unit(4, 2);
    const Trained unit = trained(*machine.kernels, sample.unit());
    const std::size_t half = sample.windows.size() / 2;
    const bool holds = rc::check("one other token in the windows gives another state", [&] {
        SampleUnit other = sample;
        const auto place = *rc::gen::inRange<std::size_t>(0, half);
        std::int32_t& token = other.windows[half + place];
        token ^= *rc::gen::element(1, 2, 4);
        if (token > 20) token = 0;
        const auto replay = replay_segments(*machine.kernels, other.unit(), unit.from(1), 1, 1);
        RC_ASSERT(replay.has_value());
        RC_ASSERT(replay->states[0] != unit.result.states[2]);
        // The first segment does not see it.
        const auto before = replay_segments(*machine.kernels, other.unit(), ReplayStart::base(), 0, 1);
        RC_ASSERT(before->states[0] == unit.result.states[1]);
    });
    EXPECT_TRUE(holds);
}

TEST(ReplaySegments, RefuseWhatTheUnitDoesNotHave) {
    const auto machine = fastest_machine();
    const SampleUnit sample = sample_unit(5, 2);
    const Trained unit = trained(*machine.kernels, sample.unit());
    const auto code = [&](const ReplayStart& start, std::uint32_t first, std::uint32_t count) {
        const auto replay = replay_segments(*machine.kernels, sample.unit(), start, first, count);
        return replay ? ErrorCode::internal : replay.error().code;
    };
    EXPECT_EQ(code(ReplayStart::base(), 0, 0), ErrorCode::out_of_range);
    EXPECT_EQ(code(ReplayStart::base(), 0, 4), ErrorCode::out_of_range);
    EXPECT_EQ(code(unit.from(2), 3, 1), ErrorCode::out_of_range);
    EXPECT_EQ(code(unit.from(2), 2, ~0U), ErrorCode::out_of_range);
    EXPECT_EQ(code(ReplayStart::base(), 1, 1), ErrorCode::invalid);
    EXPECT_EQ(code(unit.from(1), 2, 1), ErrorCode::invalid);
    TrainingState start = unit.kept.at(1);
    start.second_moment.pop_back();
    EXPECT_EQ(code({&start, start.hash()}, 1, 1), ErrorCode::invalid);
    start = unit.kept.at(1);
    start.first_moment[3] = std::bit_cast<float>(0x7FC00000U);
    EXPECT_EQ(code({&start, start.hash()}, 1, 1), ErrorCode::invalid);
    const auto steps = [&](std::uint32_t from, std::uint32_t to) {
        return replay_steps(*machine.kernels, sample.unit(), ReplayStart::base(), from, to).error().code;
    };
    EXPECT_EQ(steps(0, 0), ErrorCode::out_of_range);
    EXPECT_EQ(steps(0, 6), ErrorCode::out_of_range);
    EXPECT_EQ(steps(1, 2), ErrorCode::invalid);
}

TEST(ReplaySegments, OfANullUnitEndInTheStepThatFailed) {
    constexpr std::uint32_t k_steps = 5;
    for (std::uint32_t failing = 1; failing <= k_steps; ++failing) {
        const SampleUnit sample = overflowing_unit(failing, k_steps, 2);
        const Trained unit = trained(*fastest_machine().kernels, sample.unit());
        ASSERT_TRUE(unit.result.is_null);
        ASSERT_EQ(unit.result.states.size(), 4U);
        EXPECT_EQ(unit.result.tokens,
                  std::uint64_t{failing - 1} * sample.train.batch * sample.train.sequence);
        const std::uint32_t last = (failing - 1) / 2;  // the last boundary that was reached
        EXPECT_EQ(unit.kept.size(), last + 1);
        on_every_machine([&](const testing::Machine& machine) {
            const auto whole = replay_segments(*machine.kernels, sample.unit(), ReplayStart::base(), 0, 3);
            ASSERT_TRUE(whole);
            EXPECT_EQ(whole->update_hash, unit.result.update_hash) << machine.name;
            EXPECT_EQ(Update::decode(whole->update, sample.base.parameters.size(), 64)->null_step(), failing);
            EXPECT_TRUE(
                std::equal(whole->states.begin(), whole->states.end(), unit.result.states.begin() + 1));
            const auto part =
                replay_segments(*machine.kernels, sample.unit(), unit.from(last), last, 3 - last);
            ASSERT_TRUE(part);
            EXPECT_TRUE(
                std::equal(part->states.begin(), part->states.end(), unit.result.states.begin() + last + 1));
            const auto steps = replay_steps(*machine.kernels, sample.unit(), ReplayStart::base(), 0, k_steps);
            ASSERT_TRUE(steps);
            const Hash before = failing == 1 ? unit.result.states[0] : (*steps)[failing - 2];
            for (std::uint32_t step = failing; step <= k_steps; ++step)
                EXPECT_EQ((*steps)[step - 1], not_finite_state(failing, before)) << machine.name;
            EXPECT_EQ(unit.result.states[3], not_finite_state(failing, before));
        });
    }
}

TEST(ReplaySegments, CanBeCancelledAndReportProgress) {
    const auto machine = fastest_machine();
    const SampleUnit sample = sample_unit(4, 2);
    const Trained unit = trained(*machine.kernels, sample.unit());
    std::vector<std::uint32_t> steps;
    const auto replay = replay_segments(*machine.kernels, sample.unit(), unit.from(1), 1, 1,
                                        [&](const UnitProgress& progress) {
                                            steps.push_back(progress.step);
                                            return true;
                                        });
    ASSERT_TRUE(replay);
    EXPECT_EQ(steps, (std::vector<std::uint32_t>{3, 4}));
    const auto cut = replay_segments(*machine.kernels, sample.unit(), ReplayStart::base(), 0, 2,
                                     [](const UnitProgress&) { return false; });
    ASSERT_FALSE(cut);
    EXPECT_EQ(cut.error().code, ErrorCode::unavailable);
}

}  // namespace
}  // namespace dure::trainer
