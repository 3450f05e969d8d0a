// Villages without adversaries: rounds are decided, everybody is paid, and nobody loses a share, also where members
// crash, are late, or come late.
#include "tests/adversary/village.h"

#include <gtest/gtest.h>

#include "ledger/invariants/invariants.h"
#include "tests/adversary/seeds.h"

namespace dure::adversary {
namespace {

constexpr std::size_t k_members = 7;

std::string failures_of(const Village& village) {
    std::string all;
    for (std::size_t i = 0; i < village.size(); ++i) {
        for (const std::string& failure : village.member(i).failures())
            all += std::to_string(i) + ": " + failure + "\n";
    }
    return all;
}

void expect_sound(const Village& village) {
    EXPECT_TRUE(village.lost_by_honest().is_zero()) << "an honest member lost shares";
    const Status counted = ledger::recount_invariants(village.state());
    EXPECT_TRUE(counted) << counted.error().message;
}

TEST(Village, HonestMembersDecideEveryRoundAndTheModelLearns) {
    for (std::uint64_t seed = 0; seed < seeds(4); ++seed) {
        Village village({.seed = seed, .members = honest_members(seed, k_members)});
        village.run_rounds(4);
        EXPECT_EQ(village.decided(), 4U) << "seed " << seed;
        EXPECT_EQ(failures_of(village), "") << "seed " << seed;
        const auto last = ledger::round(village.state(), protocol::Round{4});
        EXPECT_EQ(last->record.accepted, k_members);
        EXPECT_LT(last->record.result->held_out_loss, village.genesis().model.held_out_loss);
        for (std::size_t i = 0; i < k_members; ++i)
            EXPECT_GT(village.standing(i).shares, village.member(i).options().bonded);
        expect_sound(village);
    }
}

TEST(Village, TheSameSeedGivesTheSameVillage) {
    Village one({.seed = 5, .members = honest_members(5, k_members)});
    Village other({.seed = 5, .members = honest_members(5, k_members)});
    one.ticks(30);
    other.ticks(30);
    EXPECT_EQ(ledger::beacon(one.state()).value, ledger::beacon(other.state()).value);
    for (std::size_t i = 0; i < k_members; ++i)
        EXPECT_EQ(one.standing(i).shares, other.standing(i).shares);
}

TEST(Village, WhoCrashesIsLateOrComesLateLosesNothingAndHoldsUpNobody) {
    for (std::uint64_t seed = 0; seed < seeds(6); ++seed) {
        std::mt19937_64 random(seed);
        std::vector<MemberOptions> members = honest_members(seed, k_members);
        members[0].late = 1 + random() % 8;
        members[1].absences.push_back({0, 20 + random() % 20});
        for (std::uint64_t from = random() % 10; from < 150; from += 10 + random() % 20)
            members[2].absences.push_back({from, from + 1 + random() % 15});
        Village village({.seed = seed, .members = members});
        village.ticks(150);
        EXPECT_GE(village.decided(), 3U) << "seed " << seed;
        EXPECT_GT(village.standing(1).shares, members[1].bonded) << "who came late has a part";
        expect_sound(village);
    }
}

}  // namespace
}  // namespace dure::adversary
