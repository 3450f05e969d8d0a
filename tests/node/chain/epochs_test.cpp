// Four validators on loopback whose epochs are a few blocks long.
#include <gtest/gtest.h>

#include "tests/node/chain/network.h"

namespace dure::node {
namespace {

using namespace dure::test;

constexpr std::uint64_t k_epoch_blocks = 6;

class FourNodesInEpochs : public ::testing::Test {
  protected:
    void SetUp() override {
        for (std::size_t i = 0; i < 4; ++i)
            ASSERT_TRUE(net_.start(i));
    }
    void expect_agreement() {
        std::uint64_t lowest = UINT64_MAX;
        for (std::size_t i = 0; i < 4; ++i)
            lowest = std::min(lowest, net_.height(i));
        for (std::uint64_t height = 1; height <= lowest; ++height) {
            const auto block = net_.chain(0).block({height}).value();
            EXPECT_EQ(block.header.epoch.value, (height - 1) / k_epoch_blocks);
            EXPECT_EQ(block.header.next_validators.is_zero(), height % k_epoch_blocks != 0);
            for (std::size_t i = 1; i < 4; ++i)
                ASSERT_EQ(net_.chain(i).block({height}).value(), block) << height;
        }
    }
    void submit(std::size_t validator, const ledger::Payload& payload) {
        const SecretKey key = validator_key(validator);
        const std::uint64_t nonce = net_.chain(0).next_nonce(key.account());
        const auto body = ledger::make_body(net_.genesis().chain_id(), key.account(), nonce, Coin{2'000},
                                            {1'000'000}, payload);
        const auto admitted = net_.submit(0, {protocol::sign_transaction(body, key)});
        ASSERT_TRUE(admitted.size() == 1 && admitted.front());
    }
    bool proposes_after(std::size_t validator, std::uint64_t height) {
        for (std::uint64_t at = height + 1; at <= net_.height(0); ++at) {
            if (net_.chain(0).block({at})->header.proposer == validator_key(validator).account()) return true;
        }
        return false;
    }

    Network net_{4, 4, k_epoch_blocks};
};

TEST_F(FourNodesInEpochs, GoFromOneToTheNextAndRestartAnywhere) {
    for (std::uint64_t height = 10; height < 40; height += 5) {
        ASSERT_TRUE(net_.reach(height));
        const std::size_t node = height % 4;
        net_.kill(node);
        ASSERT_TRUE(net_.start(node));
        EXPECT_TRUE(net_.chain(node).voting());
    }
    ASSERT_TRUE(net_.reach(50));
    expect_agreement();
    for (std::size_t i = 0; i < 4; ++i)
        EXPECT_LT(std::filesystem::file_size(net_.directory(i) / "consensus.journal"), 64u * 1024)
            << "old epochs' records are gone";
}

TEST_F(FourNodesInEpochs, OneThatWasAwayForSeveralCatchesUpAndVotes) {
    ASSERT_TRUE(net_.reach(4));
    net_.kill(3);
    ASSERT_TRUE(net_.reach(40));
    ASSERT_TRUE(net_.start(3));
    ASSERT_TRUE(net_.reach(50));
    EXPECT_TRUE(net_.chain(3).voting());
    net_.kill(2);  // so that the one that was away is needed
    ASSERT_TRUE(net_.reach(net_.height(0) + 10));
    ASSERT_TRUE(net_.start(2));
    ASSERT_TRUE(net_.reach(net_.height(0) + 2));
    expect_agreement();
}

TEST_F(FourNodesInEpochs, OneWhoseJournalIsLostSignsAgainFromALaterEpoch) {
    ASSERT_TRUE(net_.reach(8));
    net_.kill(0);
    std::filesystem::remove(net_.directory(0) / "consensus.journal");
    ASSERT_TRUE(net_.start(0));
    EXPECT_FALSE(net_.chain(0).voting());
    const std::uint64_t height = net_.height(0);
    ASSERT_TRUE(net_.run_until([&] { return net_.chain(0).voting(); }));
    EXPECT_GT(net_.height(0) / k_epoch_blocks, height / k_epoch_blocks);
    net_.kill(0);
    ASSERT_TRUE(net_.start(0));
    EXPECT_TRUE(net_.chain(0).voting()) << "it has a journal again";
    ASSERT_TRUE(net_.run_until([&] { return proposes_after(0, height); }));
    expect_agreement();
}

TEST_F(FourNodesInEpochs, AValidatorLeavesFollowsAndComesBack) {
    submit(3, ledger::WithdrawCandidacy{});
    ASSERT_TRUE(net_.run_until([&] { return !net_.chain(3).voting(); }));
    const std::uint64_t left = net_.height(0);
    ASSERT_TRUE(net_.reach(left + 2 * k_epoch_blocks)) << "the others, and it follows";
    EXPECT_FALSE(proposes_after(3, left + k_epoch_blocks));
    const ledger::BeaconChain beacon = beacon_chain_of(validator_key(3), k_links, 1);
    submit(3, ledger::StandForValidator{.beacon_link = beacon.tip(), .chain = 1});
    const std::uint64_t stood = net_.height(0);
    ASSERT_TRUE(net_.run_until([&] { return net_.chain(3).voting() && proposes_after(3, stood); }));
    expect_agreement();
}

/// The chain is to go on with version 2 from epoch 3 on; all vote for it.
class AnUpgrade : public FourNodesInEpochs {
  protected:
    static constexpr std::uint64_t k_from = 3;
    static constexpr std::uint64_t k_last = k_from * k_epoch_blocks;  ///< the last block of version 1

    void SetUp() override {}
    void start(const std::map<std::size_t, std::vector<std::uint32_t>>& versions) {
        net_.versions = versions;
        for (std::size_t i = 0; i < 4; ++i) {
            ASSERT_TRUE(net_.start(i));
            net_.chain(i).on_halt([this, i](const Error& reason) { halted_[i] = reason; });
        }
        ledger::ProposeChange proposed;
        proposed.version = 2;
        proposed.from = {k_from};
        submit(0, proposed);
        ASSERT_TRUE(net_.run_until([&] { return ledger::Proposals::contains(net_.chain(0).state(), 0); }));
        for (std::size_t i = 0; i < 4; ++i)
            submit(i, ledger::VoteChange{.proposal = 0});
    }
    std::uint32_t version_of(std::size_t node, std::uint64_t height) {
        return net_.chain(node).block({height})->header.version;
    }

    std::map<std::size_t, Error> halted_;
};

TEST_F(AnUpgrade, GoesOnWithoutTheOneThatDoesNotKnowItWhichStopsBeforeAndGoesOnWithANewerProgram) {
    start({{0, {1, 2}}, {1, {1, 2}}, {2, {1, 2}}, {3, {1}}});
    ASSERT_TRUE(net_.run_until([&] { return !net_.chain(3).upgrade_warning().empty(); }));
    EXPECT_LT(net_.height(3), k_last) << "before it has to stop";
    EXPECT_TRUE(net_.chain(0).upgrade_warning().empty());
    ASSERT_TRUE(net_.run_until([&] { return halted_.contains(3); }));
    EXPECT_EQ(net_.height(3), k_last);
    EXPECT_NE(halted_[3].message.find("protocol version 2"), std::string::npos) << halted_[3].message;
    EXPECT_FALSE(net_.chain(3).voting());
    EXPECT_EQ(net_.chain(3).upgrade_warning(), halted_[3].message);
    ASSERT_TRUE(net_.run_until([&] { return net_.height(0) >= k_last + 8; }));
    EXPECT_EQ(net_.height(3), k_last);
    EXPECT_EQ(version_of(0, k_last), 1U);
    EXPECT_EQ(version_of(0, k_last + 1), 2U);
    net_.kill(3);
    const Status refused = net_.start(3);
    ASSERT_FALSE(refused.has_value()) << "the old program does not begin again";
    EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
    net_.versions[3] = {1, 2};
    ASSERT_TRUE(net_.start(3));
    ASSERT_TRUE(net_.reach(k_last + 16));
    net_.kill(1);  // so that the upgraded one is needed
    ASSERT_TRUE(net_.reach(net_.height(0) + 6));
    ASSERT_TRUE(net_.start(1));
    ASSERT_TRUE(net_.reach(net_.height(0) + 2));
    expect_agreement();
    EXPECT_EQ(halted_.size(), 1U);
}

TEST_F(AnUpgrade, StopsTheChainAtItsLastBlockIfTooFewKnowItUntilEnoughDo) {
    start({{0, {1, 2}}, {1, {1, 2}}, {2, {1}}, {3, {1}}});
    ASSERT_TRUE(net_.run_until([&] { return halted_.contains(2) && halted_.contains(3); }));
    ASSERT_TRUE(net_.run_until([&] { return net_.height(0) == k_last && net_.height(1) == k_last; }));
    net_.kill(2);
    net_.versions[2] = {1, 2};
    ASSERT_TRUE(net_.start(2));
    ASSERT_TRUE(net_.run_until([&] { return net_.height(0) >= k_last + 8; }));
    EXPECT_EQ(net_.height(3), k_last);
    for (std::uint64_t height = 1; height <= k_last; ++height)
        ASSERT_EQ(net_.chain(3).block({height}).value(), net_.chain(0).block({height}).value());
    EXPECT_EQ(version_of(0, k_last + 1), 2U);
}

}  // namespace
}  // namespace dure::node
