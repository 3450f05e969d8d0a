// Double signing, reported to the ledger.
#include <gtest/gtest.h>

#include "base/protocol/vote.h"
#include "tests/ledger/harness.h"

namespace dure::ledger::testing {
namespace {

protocol::Evidence two_votes(const Hash& chain_id, const SecretKey& key, std::uint64_t slot,
                             protocol::Epoch epoch = {}) {
    const auto vote = [&](const std::string& block) {
        return sign_vote(chain_id, epoch, protocol::Notarize{.slot = {slot}, .block = hash_of(block)}, key);
    };
    return protocol::VoteEvidence{.first = vote("one"), .second = vote("two")};
}

class Evidence : public ::testing::Test {
  protected:
    TransactionReceipt report(std::size_t reporter, const protocol::Evidence& evidence) {
        return chain_.run(reporter, ReportEvidence{evidence});
    }
    Harness chain_;
};

TEST_F(Evidence, SlashesOnceForEachOffenceAndRewardsWhoReportedIt) {
    const Shares bond = chain_.person(1).bonded;
    const TransactionReceipt first = report(9, two_votes(chain_.chain_id(), key_of(1), 2));
    ASSERT_TRUE(first.ok) << first.error.message;
    const Slashed slashed = std::get<Slashed>(first.events.back());
    EXPECT_EQ(slashed.offender, account_of(1));
    EXPECT_EQ(slashed.cause, SlashCause::evidence);
    EXPECT_EQ(slashed.bonded.value, bond.value / 10);
    EXPECT_EQ(chain_.person(9).free, slashed.rewarded);
    EXPECT_EQ(slashed.rewarded.value, slashed.bonded.value / 10);

    EXPECT_EQ(report(8, two_votes(chain_.chain_id(), key_of(1), 2)).error.code, ErrorCode::duplicate);
    EXPECT_TRUE(report(8, two_votes(chain_.chain_id(), key_of(1), 3)).ok);
    EXPECT_LT(chain_.person(1).bonded, bond - slashed.bonded);
    chain_.blocks(5);  // it still votes in this epoch
}

TEST_F(Evidence, IsOfThisChainThisEpochAndAValidator) {
    EXPECT_EQ(report(9, two_votes(hash_of("another chain"), key_of(1), 2)).error.code,
              ErrorCode::invalid_signature);
    EXPECT_EQ(report(9, two_votes(chain_.chain_id(), key_of(1), 2, {1})).error.code, ErrorCode::expired);
    EXPECT_EQ(report(9, two_votes(chain_.chain_id(), key_of(8), 2)).error.code, ErrorCode::not_found);
    auto same = std::get<protocol::VoteEvidence>(two_votes(chain_.chain_id(), key_of(1), 2));
    same.second = same.first;
    EXPECT_EQ(report(9, same).error.code, ErrorCode::invalid);
}

TEST(OldEvidence, IsTakenForALimitedTime) {
    ChainOptions options;
    options.parameters.evidence_age_blocks = 10;
    Harness chain(options);
    chain.blocks(14);  // the report is in block 15
    const auto report = [&](std::uint64_t slot) {
        return chain.run(9, ReportEvidence{two_votes(chain.chain_id(), key_of(1), slot)});
    };
    EXPECT_EQ(report(4).error.code, ErrorCode::expired);
    EXPECT_TRUE(report(6).ok);
}

}  // namespace
}  // namespace dure::ledger::testing
