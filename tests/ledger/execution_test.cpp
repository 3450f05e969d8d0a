// Blocks as a whole: what makes one invalid, what a proposer may put in, what genesis must be, and that the
// invariants notice.
#include <gtest/gtest.h>

#include "ledger/invariants/invariants.h"
#include "tests/ledger/harness.h"

namespace dure::ledger::testing {
namespace {

using protocol::Block;

class Blocks : public ::testing::Test {
  protected:
    Blocks() { chain_.submit(8, Transfer{.to = account_of(9), .amount = Coin{5}}); }
    void expect_invalid(Block block, bool renames_transactions = true) {
        if (renames_transactions)
            block.header.transactions_root = protocol::transactions_root(block.transactions);
        const auto outcome = chain_.try_block(block);
        ASSERT_FALSE(outcome.has_value());
        EXPECT_EQ(outcome.error().code, ErrorCode::invalid) << outcome.error().message;
    }
    Harness chain_;
};

TEST_F(Blocks, AGoodOneIsExecuted) {
    EXPECT_TRUE(chain_.try_block(chain_.draft()).has_value());
}

TEST_F(Blocks, TheHeightMustFollow) {
    Block block = chain_.draft();
    block.header.height = {2};
    expect_invalid(block);
}

TEST_F(Blocks, TheChainMustBeThisOne) {
    Block block = chain_.draft();
    block.header.chain_id.bytes[0] ^= 1;
    expect_invalid(block);
    block = chain_.draft();
    block.header.version = 2;
    expect_invalid(block);
}

TEST_F(Blocks, TheProposerMustBeAValidatorAndRevealItsOwnLink) {
    Block block = chain_.draft();
    block.header.proposer = account_of(9);
    expect_invalid(block);
    block = chain_.draft();
    block.header.proposer = account_of(1);
    expect_invalid(block);
    block = chain_.draft();
    block.header.beacon_reveal.bytes[3] ^= 1;
    expect_invalid(block);
}

TEST_F(Blocks, ALinkIsRevealedOnce) {
    const Block block = chain_.draft();
    chain_.block();
    Block again = block;
    again.header.height = {2};
    expect_invalid(again);
}

TEST_F(Blocks, TheHeaderNamesTheTransactions) {
    Block block = chain_.draft();
    block.transactions.clear();
    expect_invalid(block, false);
}

TEST_F(Blocks, TransactionsMustFit) {
    const auto spoiled = [&](auto&& spoil) {
        Block block = chain_.draft();
        spoil(block.transactions[0]);
        expect_invalid(block);
    };
    spoiled([](protocol::Transaction& one) { one.body.nonce = 1; });
    spoiled([](protocol::Transaction& one) { one.body.expires = {0}; });
    spoiled([](protocol::Transaction& one) { one.body.fee = Coin{1}; });
    spoiled([](protocol::Transaction& one) { one.body.fee = Coin{k_max_supply - 1}; });
    spoiled([](protocol::Transaction& one) { one.body.fee = Coin{~std::uint64_t{0}}; });
    spoiled([](protocol::Transaction& one) { one.body.chain_id = {}; });
    spoiled([](protocol::Transaction& one) { one.body.payload = Bytes{}; });
    spoiled([](protocol::Transaction& one) { one.body.payload = Bytes{200}; });
    spoiled([](protocol::Transaction& one) { one.body.payload.push_back(0); });
    spoiled([](protocol::Transaction& one) { one.body.fee_payer = one.body.sender; });
    spoiled([](protocol::Transaction& one) { one.body.fee_payer = account_of(9); });
    spoiled([](protocol::Transaction& one) { one.fee_payer_signature = Signature{}; });
}

TEST_F(Blocks, ATransactionIsExecutedOnce) {
    Block block = chain_.draft();
    block.transactions.push_back(block.transactions[0]);
    expect_invalid(block);
}

TEST_F(Blocks, AdmissionSaysWhatABlockWouldSay) {
    const auto admitted = [&](auto&& change) {
        protocol::Transaction transaction = chain_.draft().transactions[0];
        change(transaction.body);
        const Status status = admit_transaction(chain_.state(), transaction, chain_.height().next());
        return status ? ErrorCode::internal : status.error().code;
    };
    EXPECT_EQ(admitted([](protocol::TransactionBody&) {}), ErrorCode::internal);
    EXPECT_EQ(admitted([](protocol::TransactionBody& body) { body.nonce = 3; }), ErrorCode::internal);
    EXPECT_EQ(admitted([](protocol::TransactionBody& body) { body.nonce = 5'000; }), ErrorCode::conflict);
    EXPECT_EQ(admitted([](protocol::TransactionBody& body) { body.expires = {0}; }), ErrorCode::expired);
    EXPECT_EQ(admitted([](protocol::TransactionBody& body) { body.fee = Coin{1}; }), ErrorCode::insufficient);
    EXPECT_EQ(admitted([](protocol::TransactionBody& body) { body.sender = account_of(50); }),
              ErrorCode::insufficient);
    EXPECT_EQ(admitted([](protocol::TransactionBody& body) { body.payload = Bytes{77}; }),
              ErrorCode::malformed);
    EXPECT_EQ(admitted([](protocol::TransactionBody& body) { body.chain_id = {}; }), ErrorCode::invalid);
}

TEST_F(Blocks, AProposerTakesWhatFitsAndLeavesTheRest) {
    chain_.submit(8, Transfer{.to = account_of(9), .amount = Coin{6}});
    const Block draft = chain_.draft();
    std::vector<protocol::Transaction> candidates(draft.transactions.begin(), draft.transactions.end());
    protocol::Transaction gap = candidates[1];
    gap.body.nonce = 9;
    candidates.insert(candidates.begin(), gap);
    Overlay built(chain_.state());
    const auto assembled = assemble_block(built, draft.header, candidates, protocol::k_max_block_bytes);
    ASSERT_TRUE(assembled.has_value()) << assembled.error().message;
    EXPECT_EQ(assembled->block, draft);
    EXPECT_EQ(assembled->left_out, std::vector{protocol::transaction_id(gap)});
    Overlay executed(chain_.state());
    ASSERT_TRUE(execute_block(executed, assembled->block).has_value());
    EXPECT_EQ(executed.changes(), built.changes());
    Overlay small(chain_.state());
    const auto shorter = assemble_block(small, draft.header, candidates, encode(candidates[1]).size());
    ASSERT_TRUE(shorter.has_value());
    EXPECT_EQ(shorter->block.transactions.size(), 1U);
}

TEST_F(Blocks, TheSameBlocksGiveTheSameState) {
    Harness other;
    other.submit(8, Transfer{.to = account_of(9), .amount = Coin{5}});
    chain_.block();
    other.block();
    EXPECT_EQ(chain_.last_changes(), other.last_changes());
}

TEST(GenesisRules, RefuseWhatCannotBe) {
    const auto refused = [](auto&& spoil) {
        Genesis genesis = make_genesis({});
        spoil(genesis);
        MemoryState empty;
        Overlay overlay(empty);
        return !apply_genesis(genesis, overlay).has_value();
    };
    EXPECT_FALSE(refused([](Genesis&) {}));
    EXPECT_TRUE(refused([](Genesis& genesis) { genesis.version = 2; }));
    EXPECT_TRUE(refused([](Genesis& genesis) { genesis.chain_name.clear(); }));
    EXPECT_TRUE(refused([](Genesis& genesis) { genesis.validators.clear(); }));
    EXPECT_TRUE(refused([](Genesis& genesis) { std::swap(genesis.validators[0], genesis.validators[1]); }));
    EXPECT_TRUE(refused([](Genesis& genesis) { genesis.balances[1] = genesis.balances[0]; }));
    EXPECT_TRUE(refused([](Genesis& genesis) { genesis.validators[0].bonded = {}; }));
    EXPECT_TRUE(refused([](Genesis& genesis) { genesis.validators[0].bonded = Shares{k_max_supply - 1}; }));
    EXPECT_TRUE(refused([](Genesis& genesis) { genesis.validators[0].roles = 128; }));
    EXPECT_TRUE(refused([](Genesis& genesis) { genesis.balances[0].coins = Coin{k_max_supply}; }));
    EXPECT_TRUE(refused([](Genesis& genesis) { genesis.model.windows_per_unit = 0; }));
    EXPECT_TRUE(refused([](Genesis& genesis) { genesis.model.window_tokens = 1; }));
    EXPECT_TRUE(refused([](Genesis& genesis) { genesis.parameters.settlement_server_bp = 9'501; }));
    EXPECT_TRUE(refused([](Genesis& genesis) { genesis.parameters.vesting_rounds = 0; }));
    EXPECT_TRUE(refused([](Genesis& genesis) { genesis.parameters.data_committee = 17; }));
}

TEST(GenesisRules, TheChainIdCoversEverything) {
    Genesis genesis = make_genesis({});
    const Hash id = genesis.chain_id();
    EXPECT_EQ(*decode<Genesis>(encode(genesis)), genesis);
    genesis.model.training = Bytes{1};
    EXPECT_NE(genesis.chain_id(), id);
    EXPECT_EQ(genesis_block(genesis).header.chain_id, genesis.chain_id());
}

TEST(Invariants, NoticeWhatIsWrong) {
    Harness chain;
    chain.add_data(8, "a text");
    const auto broken = [&](auto&& spoil) {
        Overlay spoiled(chain.state());
        spoil(spoiled);
        return !recount_invariants(spoiled).has_value();
    };
    const auto change_account = [](auto&& change) {
        return [change](Overlay& state) {
            AccountRecord record = Accounts::get(state, account_of(1));
            change(record);
            Accounts::put(state, account_of(1), record);
        };
    };
    EXPECT_FALSE(broken([](Overlay&) {}));
    EXPECT_TRUE(broken(change_account([](AccountRecord& record) { record.balance += Coin{1}; })));
    EXPECT_TRUE(broken(change_account([](AccountRecord& record) { record.free += Shares{1}; })));
    EXPECT_TRUE(broken(change_account([](AccountRecord& record) { record.bonded -= Shares{1}; })));
    EXPECT_TRUE(broken(change_account([](AccountRecord& record) { record.pending.low += 1; })));
    EXPECT_TRUE(broken(change_account([](AccountRecord& record) { record.checkpoint.low += 1; })));
    EXPECT_TRUE(broken([](Overlay& state) {
        ValidatorRecord record = Validators::get(state, account_of(1));
        record.weight += 1;
        Validators::put(state, account_of(1), record);
    }));
    EXPECT_TRUE(broken([](Overlay& state) {
        PoolRecord pool = Pool::get(state);
        pool.carry += 1;
        Pool::put(state, pool);
    }));
    EXPECT_TRUE(broken([](Overlay& state) {
        TreasuryRecord treasury = Treasury::get(state);
        treasury.channel_settled = CoinFlow::of(1);
        Treasury::put(state, treasury);
    }));
    EXPECT_TRUE(broken([](Overlay& state) {
        OfferNumbers::put(state, {account_of(0), hash_of("no offer")}, 7);
        Offers::put(state, 9, {});
    }));
}

TEST(Invariants, RunningAggregatesFollowEveryChange) {
    MemoryState empty;
    Overlay before(empty);
    AccountRecord record;
    record.balance = Coin{10};
    record.nonce = 5;
    Accounts::put(before, account_of(1), record);
    const Aggregates sums = count_aggregates(before);
    Overlay after = Overlay::on(before);
    record.nonce = 4;
    record.balance = Coin{3};
    Accounts::put(after, account_of(1), record);
    const Aggregates changed = aggregates_after(sums, before, after);
    EXPECT_EQ(changed.balances, 3U);
    EXPECT_EQ(changed.nonces_lowered, 1U);
}

TEST(Beacons, EveryLinkIsTheLastOnesPreimage) {
    const BeaconChain chain(hash_of("secret"), 3'000);
    Hash link = chain.tip();
    for (std::uint64_t i = 0; i < chain.length(); ++i) {
        const Hash reveal = chain.reveal(i);
        ASSERT_EQ(beacon_link(reveal), link);
        link = reveal;
    }
    EXPECT_EQ(link, hash_of("secret"));
}

}  // namespace
}  // namespace dure::ledger::testing
