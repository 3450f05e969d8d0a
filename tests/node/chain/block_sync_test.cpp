#include "node/chain/block_sync.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

namespace dure::node {
namespace {

using namespace std::chrono_literals;
using protocol::Height;

const Hash k_chain = sha256(as_bytes("chain"));
const Hash k_genesis = sha256(as_bytes("genesis"));

Account peer(const std::string& name) {
    return SecretKey::from_seed(name).account();
}

class BlockSyncTest : public ::testing::Test {
  protected:
    BlockSyncTest() {
        for (int i = 0; i < 4; ++i)
            keys_.push_back(SecretKey::from_seed("validator " + std::to_string(i)));
        std::ranges::sort(keys_, {}, [](const SecretKey& key) { return key.account(); });
        for (const SecretKey& key : keys_)
            set_.validators.push_back({key.account(), 1});
        Hash parent = k_genesis;
        for (std::uint64_t height = 1; height <= 600; ++height) {
            FinalBlock block;
            block.block.header.height = {height};
            block.block.header.parent = parent;
            block.block.header.transactions_root = protocol::transactions_root({});
            parent = protocol::block_hash(block.block);
            if (height % 300 == 0) block.finalization = finalization(parent);
            chain_.push_back(block);
        }
        sync_.emplace(k_chain, BlockSync::Voters{{}, set_, {}}, BlockSync::Timing{});
        sync_->advanced({0}, k_genesis, now_);
    }
    protocol::Certificate finalization(const Hash& block) const {
        const protocol::Vote vote = protocol::Finalize{.slot = {9}, .block = block};
        std::vector<protocol::SignedVote> votes;
        for (std::size_t i = 0; i < 3; ++i)
            votes.push_back(protocol::sign_vote(k_chain, {}, vote, keys_[i]));
        return protocol::make_certificate({}, vote, set_, votes);
    }
    RangeResponse answer(const BlockSync::Request& request) const {
        RangeResponse response{.first = request.range.first, .blocks = {}};
        for (std::uint64_t height = request.range.first.value;
             height <= chain_.size() && response.blocks.size() < request.range.count; ++height) {
            response.blocks.push_back(chain_[height - 1]);
        }
        return response;
    }

    std::vector<SecretKey> keys_;
    protocol::ValidatorSet set_;
    std::vector<FinalBlock> chain_;
    BlockSync::Time now_{};
    std::optional<BlockSync> sync_;
};

TEST_F(BlockSyncTest, AsksOnlyWhoStillHasTheBlocks) {
    sync_->heard(peer("a"), {600}, {2});
    sync_->heard(peer("b"), {600}, {300});
    EXPECT_FALSE(sync_->next(now_)) << "both have deleted the first block";
    sync_->heard(peer("c"), {500});
    const auto request = sync_->next(now_);
    ASSERT_TRUE(request);
    EXPECT_EQ(request->peer, peer("c"));
}

TEST_F(BlockSyncTest, FetchesRangesUntilAFinalizationProvesThem) {
    EXPECT_FALSE(sync_->next(now_)) << "nobody is ahead";
    sync_->heard(peer("a"), {600});
    Height height;
    Hash tip = k_genesis;
    int answers = 0;
    while (height < Height{600} && answers++ < 10) {
        const auto request = sync_->next(now_);
        ASSERT_TRUE(request);
        EXPECT_FALSE(sync_->next(now_)) << "one at a time";
        const auto proven = sync_->take(request->peer, answer(*request), now_);
        ASSERT_TRUE(proven) << proven.error().message;
        for (const FinalBlock& block : *proven) {
            ASSERT_EQ(block.block.header.height, height.next());
            height = block.block.header.height;
            tip = protocol::block_hash(block.block);
        }
        if (!proven->empty()) {
            EXPECT_TRUE(proven->back().finalization);
            sync_->advanced(height, tip, now_);
        }
    }
    EXPECT_EQ(height, Height{600});
    EXPECT_FALSE(sync_->next(now_));
}

TEST_F(BlockSyncTest, ALittleBehindIsLeftToConsensusUnlessNothingMoves) {
    sync_->advanced({590}, protocol::block_hash(chain_[589].block), now_);
    sync_->heard(peer("a"), {595});
    EXPECT_FALSE(sync_->next(now_));
    EXPECT_TRUE(sync_->next(now_ + 10s));
}

TEST_F(BlockSyncTest, SilentPeersArePassedOver) {
    sync_->heard(peer("a"), {600});
    sync_->heard(peer("b"), {600});
    const auto first = sync_->next(now_);
    ASSERT_TRUE(first);
    const auto second = sync_->next(now_ + 11s);
    ASSERT_TRUE(second);
    EXPECT_NE(first->peer, second->peer);
    const auto late = sync_->take(first->peer, answer(*first), now_ + 11s);
    ASSERT_TRUE(late) << "a late answer is no lie";
    EXPECT_TRUE(late->empty());
    sync_->gone(second->peer);
    EXPECT_FALSE(sync_->next(now_ + 12s)) << "the first is still passed over";
    EXPECT_TRUE(sync_->next(now_ + 60s));
}

TEST_F(BlockSyncTest, LiesAreFoundOut) {
    using Lie = std::function<void(RangeResponse&)>;
    const std::vector<Lie> lies{
        [](RangeResponse& r) { r.blocks[3].block.header.parent = k_chain; },
        [](RangeResponse& r) { r.blocks[0].block.header.parent = k_chain; },
        [](RangeResponse& r) { r.blocks[7].block.header.height = {99}; },
        [](RangeResponse& r) { r.blocks[5].block.transactions.emplace_back(); },
        [&](RangeResponse& r) { r.blocks[5].finalization = finalization(k_chain); },
        [&](RangeResponse& r) {
            r.blocks[5].finalization = finalization(protocol::block_hash(r.blocks[5].block));
            r.blocks[5].finalization->signatures[0].bytes[0] ^= 1;
        },
        [&](RangeResponse& r) {
            r.blocks[5].finalization = finalization(protocol::block_hash(r.blocks[5].block));
            r.blocks[5].finalization->vote =
                protocol::Notarize{.slot = {9}, .block = protocol::block_hash(r.blocks[5].block)};
        },
    };
    for (const Lie& lie : lies) {
        BlockSync sync(k_chain, {{}, set_, {}}, {});
        sync.advanced({0}, k_genesis, now_);
        sync.heard(peer("a"), {600});
        const auto request = sync.next(now_);
        ASSERT_TRUE(request);
        RangeResponse response = answer(*request);
        lie(response);
        const auto taken = sync.take(request->peer, response, now_);
        ASSERT_FALSE(taken);
        EXPECT_EQ(taken.error().code, ErrorCode::invalid);
    }
}

TEST_F(BlockSyncTest, EachEpochsBlocksAreProvenByItsOwnSet) {
    const protocol::ValidatorSet first{{{set_.validators.begin(), set_.validators.begin() + 2}}};
    const auto finalize = [&](const protocol::ValidatorSet& set, std::uint64_t epoch, const Hash& block) {
        const protocol::Vote vote = protocol::Finalize{.slot = {9}, .block = block};
        std::vector<protocol::SignedVote> votes;
        for (std::size_t i = 0; i < set.validators.size(); ++i)
            votes.push_back(protocol::sign_vote(k_chain, {epoch}, vote, keys_[i]));
        return protocol::make_certificate({epoch}, vote, set, votes);
    };
    std::vector<Hash> hashes{k_genesis};
    for (std::uint64_t height = 1; height <= 20; ++height) {
        FinalBlock& block = chain_[height - 1];
        block.block.header.epoch = {(height - 1) / 10};
        block.block.header.parent = hashes.back();
        hashes.push_back(protocol::block_hash(block.block));
    }
    chain_.resize(20);
    chain_[9].finalization = finalize(first, 0, hashes[10]);
    chain_[19].finalization = finalize(set_, 1, hashes[20]);

    const auto at_start = [&] {
        BlockSync sync(k_chain, {{0}, first, Height{10}}, {});
        sync.advanced({0}, k_genesis, now_);
        sync.heard(peer("a"), {20});
        return sync;
    };
    BlockSync sync = at_start();
    auto request = sync.next(now_);
    ASSERT_TRUE(request);
    EXPECT_EQ(request->range.count, 10u) << "no further than the epoch's end";
    const auto proven = sync.take(peer("a"), answer(*request), now_);
    ASSERT_TRUE(proven) << proven.error().message;
    EXPECT_EQ(proven->size(), 10u);
    sync.advanced({10}, hashes[10], now_);
    EXPECT_FALSE(sync.next(now_)) << "who votes next is not known yet";
    sync.entered({{1}, set_, Height{20}});
    request = sync.next(now_);
    ASSERT_TRUE(request);
    RangeResponse old_set = answer(*request);
    BlockSync other = sync;
    old_set.blocks.back().finalization = finalize(first, 1, hashes[20]);
    EXPECT_FALSE(other.take(peer("a"), old_set, now_)) << "the old set's quorum is none of the new";
    const auto rest = sync.take(peer("a"), answer(*request), now_);
    ASSERT_TRUE(rest) << rest.error().message;
    EXPECT_EQ(rest->size(), 10u);

    BlockSync without = at_start();
    request = without.next(now_);
    RangeResponse unproven = answer(*request);
    unproven.blocks.back().finalization.reset();
    EXPECT_FALSE(without.take(peer("a"), unproven, now_)) << "an epoch's last block has its finalization";
}

}  // namespace
}  // namespace dure::node
