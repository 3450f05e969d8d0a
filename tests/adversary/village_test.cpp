// Villages without adversaries: rounds are decided, everybody is paid, and nobody loses a share, also where members
// crash, are late, or come late.
#include "tests/adversary/village.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/blob.h"
#include "ledger/invariants/invariants.h"
#include "tests/adversary/adversaries/adversaries.h"
#include "tests/adversary/seeds.h"
#include "trainer/rounds/work_unit.h"

namespace dure::adversary {
namespace {

constexpr std::size_t k_villagers = 7;

std::string failures_of(const Village& village) {
    std::string all;
    for (std::size_t i = 0; i < village.size(); ++i) {
        for (const std::string& failure : village.member(i).failures())
            all += std::to_string(i) + ": " + failure + "\n";
    }
    return all;
}

void expect_sound(const Village& village) {
    EXPECT_EQ(village.honest_slashed(), 0U);
    for (std::size_t i = 0; i < village.size(); ++i) {
        const MemberOptions& member = village.member(i).options();
        // Who is not there when it is his turn may forfeit what he did not show.
        if (member.behaviour || !member.absences.empty() || member.late > 0) continue;
        EXPECT_TRUE(village.standing(i).lost.is_zero()) << "member " << i << " lost shares";
    }
    const Status counted = ledger::recount_invariants(village.state());
    EXPECT_TRUE(counted) << counted.error().message;
}

TEST(Village, HonestMembersDecideEveryRoundAndTheModelLearns) {
    for (std::uint64_t seed = 0; seed < seeds(4); ++seed) {
        Village village({.seed = seed, .members = honest_members(seed, k_villagers)});
        village.run_rounds(4);
        EXPECT_EQ(village.decided(), 4U) << "seed " << seed;
        EXPECT_EQ(failures_of(village), "") << "seed " << seed;
        const auto last = ledger::round(village.state(), protocol::Round{4});
        EXPECT_EQ(last->record.accepted, k_villagers);
        EXPECT_LT(last->record.result->held_out_loss, village.genesis().model.held_out_loss);
        for (std::size_t i = 0; i < k_villagers; ++i)
            EXPECT_GT(village.standing(i).shares, village.member(i).options().bonded);
        expect_sound(village);
    }
}

TEST(Village, TextsAreScoredOnOthersTextsWhereverAnyCross) {
    std::size_t accepted = 0;
    std::size_t on_others = 0;
    for (std::uint64_t seed = 0; seed < seeds(4); ++seed) {
        Village village({.seed = seed, .members = honest_members(seed, k_villagers)});
        village.ticks(100);
        std::map<Hash, ledger::ShardRecord> shards;
        ledger::Shards::scan(village.state(), [&](const Hash& hash, const ledger::ShardRecord& shard) {
            shards.emplace(hash, shard);
            return true;
        });
        ASSERT_EQ(shards.size(), k_villagers);
        for (const auto& [hash, shard] : shards) {
            EXPECT_EQ(shard.status, ledger::ShardStatus::accepted) << "seed " << seed;
            const auto crosses = [&](const auto& other) {
                return other.second.offer < shard.offer && other.second.shown > shard.shown;
            };
            const bool is_crossed = std::any_of(shards.begin(), shards.end(), crosses);
            EXPECT_EQ(!shard.peers.empty(), is_crossed) << "seed " << seed;
            ++accepted;
            on_others += is_crossed ? 1 : 0;
        }
    }
    EXPECT_GT(3 * on_others, accepted) << "else little of the score is ever others'";
}

TEST(Village, TheSameSeedGivesTheSameVillage) {
    Village one({.seed = 5, .members = honest_members(5, k_villagers)});
    Village other({.seed = 5, .members = honest_members(5, k_villagers)});
    one.ticks(30);
    other.ticks(30);
    EXPECT_EQ(ledger::beacon(one.state()).value, ledger::beacon(other.state()).value);
    for (std::size_t i = 0; i < k_villagers; ++i)
        EXPECT_EQ(one.standing(i).shares, other.standing(i).shares);
}

TEST(Village, WhoCrashesIsLateOrComesLateLosesNothingAndHoldsUpNobody) {
    for (std::uint64_t seed = 0; seed < seeds(6); ++seed) {
        std::mt19937_64 random(seed);
        std::vector<MemberOptions> members = honest_members(seed, k_villagers);
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

/// So much is at stake that one segment of each unit is audited.
constexpr Shares k_established{1'000'000 * k_units_per_share};

std::vector<MemberOptions> established_members(std::uint64_t seed) {
    std::vector<MemberOptions> members = honest_members(seed, k_villagers);
    for (MemberOptions& member : members)
        member.bonded = k_established;
    return members;
}

TEST(Village, EstablishedMembersAreAuditedInPart) {
    for (std::uint64_t seed = 0; seed < seeds(3); ++seed) {
        Village village({.seed = seed, .members = established_members(seed)});
        village.run_rounds(3);
        EXPECT_EQ(failures_of(village), "") << "seed " << seed;
        EXPECT_EQ(village.decided(), 3U) << "seed " << seed;
        for (std::uint64_t number = 1; number <= 3; ++number) {
            const auto round = ledger::round(village.state(), protocol::Round{number});
            EXPECT_EQ(round->record.accepted, k_villagers);
            for (const ledger::UnitView& unit : round->units) {
                EXPECT_FALSE(unit.record.audited_whole);
                EXPECT_EQ(unit.record.audits.size(), 1U);
            }
        }
        expect_sound(village);
    }
}

/// Does what it should, but for one bit of the update; or of everything behind the first step.
class OneWrongBit final : public Behaviour {
  public:
    explicit OneWrongBit(bool only_the_update) : only_the_update_(only_the_update) {}
    node::RoleHooks hooks(Member&) override {
        return {.train = [only_the_update = only_the_update_](
                             const trainer::Kernels& kernels, const trainer::WorkUnit& unit,
                             const Hash& secret, const trainer::ProgressCallback& progress,
                             const trainer::KeepState& keep) {
            trainer::Checkpoint base = *unit.base;
            trainer::WorkUnit false_unit = unit;
            if (!only_the_update) {
                base.parameters[0] += 1e-3F;
                false_unit.base = &base;
            }
            Result<trainer::UnitResult> result =
                trainer::train_unit(kernels, false_unit, secret, progress, keep);
            if (result && only_the_update) {
                result->update.back() ^= 1;
                result->update_hash = blob_hash(result->update);
            }
            return result;
        }};
    }

  private:
    bool only_the_update_;
};

/// What became of the disputes about a member's units.
std::map<ledger::DisputeOutcome, int> outcomes_of(const Village& village, std::size_t number) {
    std::map<ledger::DisputeOutcome, int> outcomes;
    for (std::uint64_t n = 1; n <= ledger::head(village.state()).finished.value; ++n) {
        const auto round = ledger::round(village.state(), protocol::Round{n});
        for (const ledger::UnitView& unit : round->units) {
            if (unit.dispute && unit.record.trainer == village.member(number).account())
                ++outcomes[unit.dispute->outcome];
        }
    }
    return outcomes;
}

TEST(Village, AWrongBitIsFoundByBisectionAndCostsAStake) {
    for (const bool only_the_update : {false, true}) {
        for (const bool established : {false, true}) {
            std::vector<MemberOptions> members =
                established ? established_members(9) : honest_members(9, k_villagers);
            members[0].behaviour = std::make_shared<OneWrongBit>(only_the_update);
            Village village({.seed = 9, .members = members});
            village.ticks(established && !only_the_update ? 400 : 150);
            const auto outcomes = outcomes_of(village, 0);
            ASSERT_TRUE(outcomes.contains(ledger::DisputeOutcome::trainer_wrong));
            EXPECT_FALSE(outcomes.contains(ledger::DisputeOutcome::challenger_wrong));
            EXPECT_FALSE(outcomes.contains(ledger::DisputeOutcome::undecided));
            EXPECT_GT(village.standing(0).lost, Shares{});
            expect_sound(village);
        }
    }
}

/// Says of every unit that it replays that something else came out.
class FalseAccuser final : public Behaviour {
  public:
    std::vector<ledger::Payload> answer(Member& member, const node::Duty& duty,
                                        ledger::Payload honest) override {
        auto* update = std::get_if<ledger::AuditUpdate>(&honest);
        if (update == nullptr) return {std::move(honest)};
        const auto* audit = std::get_if<node::AuditDuty>(&duty);
        const auto* open = std::get_if<node::OpenAuditDuty>(&duty);
        const ledger::AssignedAudit& assigned = audit != nullptr ? audit->audit : open->audit;
        ledger::AuditOpening lie;
        lie.answer.states.assign(assigned.unit.record.audits[assigned.task].count, Hash{});
        if (assigned.unit.record.audited_whole) lie.answer.update = Hash{};
        if (open != nullptr) {
            update->move = lie;
        } else {
            update->move = ledger::Commit{ledger::audit_commitment(
                member.account(), update->round, update->unit, update->task, lie.answer, lie.salt)};
        }
        return {std::move(honest)};
    }
};

TEST(Village, AFalseAccuserLosesToWhomItAccuses) {
    for (const bool established : {false, true}) {
        std::vector<MemberOptions> members =
            established ? established_members(4) : honest_members(4, k_villagers);
        members[0].behaviour = std::make_shared<FalseAccuser>();
        Village village({.seed = 4, .members = members});
        village.ticks(150);
        std::map<ledger::DisputeOutcome, int> outcomes;
        for (std::size_t i = 1; i < k_villagers; ++i) {
            for (const auto& [outcome, times] : outcomes_of(village, i))
                outcomes[outcome] += times;
        }
        EXPECT_GT(outcomes[ledger::DisputeOutcome::challenger_wrong], 0);
        EXPECT_EQ(outcomes[ledger::DisputeOutcome::trainer_wrong], 0);
        EXPECT_EQ(outcomes[ledger::DisputeOutcome::undecided], 0);
        EXPECT_GT(village.standing(0).lost, Shares{});
        expect_sound(village);
    }
}

TEST(Village, ANewcomerWhoCheatedLosesItsDepositWhetherItOpensOrKeepsSilent) {
    for (const Adversary& cheat : {sybil_newcomers(), silent_newcomers()}) {
        Cast cast{.seed = 3, .members = honest_members(3, k_villagers)};
        cheat.enter(cast);
        Village village(cast);
        village.ticks(80);
        const Coin deposit = village.genesis().parameters.newcomer_deposit;
        for (const std::size_t number : cast.watched) {
            const Standing now = village.standing(number);
            EXPECT_TRUE(now.shares.is_zero()) << cheat.name;
            EXPECT_LE(now.coins + deposit, Village::k_coins) << cheat.name;
        }
        expect_sound(village);
    }
}

}  // namespace
}  // namespace dure::adversary
