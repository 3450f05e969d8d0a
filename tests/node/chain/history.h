// A chain of real blocks, made by the ledger alone, without a network: what tests of stores, of sync and of repair
// start from. One validator signs; the blocks carry transfers.
#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "ledger/state/memory_state.h"
#include "node/chain/final_chain.h"
#include "node/chain/recovery.h"
#include "tests/node/chain/network.h"

namespace dure::test {

struct History {
    ledger::Genesis genesis;
    std::vector<std::vector<node::BlockToCommit>> commits;  ///< the last block of each has its finalization
    std::vector<Hash> roots;                                ///< of the state after height i
    std::vector<Hash> hashes;                               ///< of the block at height i

    std::uint64_t height() const { return roots.size() - 1; }
    /// Whether a commit ends at this height.
    bool is_boundary(std::uint64_t height) const {
        std::uint64_t at = 0;
        for (const auto& commit : commits) {
            if (at == height) return true;
            at += commit.size();
        }
        return at == height;
    }
};

/// Commits of so many blocks each, and in every block so many transfers.
inline History make_history(const std::vector<std::size_t>& commits, std::size_t transfers = 2) {
    History history{.genesis = make_genesis(1, 4), .commits = {}, .roots = {}, .hashes = {}};
    const ledger::Genesis& genesis = history.genesis;
    const SecretKey key = validator_key(0);
    const ledger::BeaconChain beacon = node::beacon_chain_of(key, k_links);
    ledger::MemoryState state;
    {
        const ledger::MemoryState nothing;
        ledger::Overlay first(nothing);
        DURE_ASSERT(ledger::apply_genesis(genesis, first).has_value());
        state.apply(first.take_changes());
    }
    node::Tip tip{.height = {},
                  .block = protocol::block_hash(ledger::genesis_block(genesis)),
                  .tree = node::PendingTree(ledger::StateTree::build(state))};
    history.roots.push_back(tip.tree.root());
    history.hashes.push_back(tip.block);
    node::Branches branches(genesis.chain_id(), state, tip);
    std::uint64_t nonce = 0;
    for (const std::size_t count : commits) {
        std::vector<node::BlockToCommit>& commit = history.commits.emplace_back();
        for (std::size_t i = 0; i < count; ++i) {
            std::vector<protocol::Transaction> transactions;
            for (std::size_t j = 0; j < transfers; ++j) {
                const ledger::Transfer payload{.to = person_key(nonce % 3 + 1).account(),
                                               .amount = Coin{1 + nonce}};
                transactions.push_back(
                    protocol::sign_transaction(ledger::make_body(genesis.chain_id(), person_key(0).account(),
                                                                 nonce++, Coin{2'000}, {1'000'000}, payload),
                                               person_key(0)));
            }
            const auto reveals = ledger::validator(state, key.account())->reveals;
            auto made = branches.assemble(branches.tip().block, key.account(), beacon.reveal(reveals),
                                          std::move(transactions), protocol::k_max_block_bytes);
            DURE_ASSERT(made.has_value());
            const Hash hash = protocol::block_hash(made->block);
            std::optional<protocol::Certificate> finalization;
            if (i + 1 == count) {
                const protocol::Vote vote = protocol::Finalize{made->block.header.height.value, hash};
                const std::vector<protocol::SignedVote> votes{
                    protocol::sign_vote(genesis.chain_id(), {}, vote, key)};
                finalization = protocol::make_certificate({}, vote, genesis.validator_set(), votes);
            }
            commit.push_back(
                {std::make_shared<const protocol::Block>(std::move(made->block)), std::move(finalization)});
            const node::Committed committed = branches.commit(hash);
            state.apply(committed.batch->changes);
            history.roots.push_back(branches.tip().tree.root());
            history.hashes.push_back(hash);
        }
    }
    return history;
}

/// Lets a node's durable parts live through it in this directory, on the real disk. Returns what stopped them.
inline Status write_history(const History& history, const std::filesystem::path& directory,
                            const node::Keeping& keeping = {}) {
    boost::asio::io_context io;
    DURE_CHECK(node::open_journal(node::Files::of_system(), directory, history.genesis.chain_id()));
    DURE_TRY(const auto chain,
             node::FinalChain::open(
                 node::system_disk(io), history.genesis, directory, [](const Error&) { FAIL(); }, keeping));
    for (const auto& commit : history.commits) {
        if (commit.back().block->header.height <= chain->head().height) continue;
        DURE_CHECK(chain->commit(commit, [](const protocol::Block&, const ledger::BlockOutcome&) {}));
        io.poll();
    }
    return {};
}

}  // namespace dure::test
