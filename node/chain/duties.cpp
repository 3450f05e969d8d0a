// What consensus orders: building, judging, committing and fetching blocks.
#include <spdlog/spdlog.h>

#include <algorithm>

#include "node/chain/core.h"

namespace dure::node {

namespace asio = boost::asio;

AgreementDuties Chain::Core::duties() {
    return {
        .broadcast =
            [this](consensus::Message message) {
                std::visit([&](auto& one) { peers_.broadcast(Message(std::move(one))); }, message);
            },
        .send =
            [this](const Account& peer, consensus::Message message) {
                std::visit([&](auto& one) { peers_.send(peer, Message(std::move(one))); }, message);
            },
        .build = [this](const consensus::BuildBlock& order) { build(order); },
        .validate =
            [this](const consensus::ValidateBlock& order) {
                if (validating_.contains(order.hash)) return;
                spawn([self = shared_from_this(), hash = order.hash, block = order.block] {
                    return self->validate(hash, block);
                });
            },
        .commit = [this](const consensus::Commit& order) { commit(order); },
        .fetch = [this](const consensus::FetchBlock& order) { fetch(order); },
        .sync = [this](const consensus::SyncNeeded& order) { sync_.wanted(order.height); },
        .evidence =
            [this](const consensus::ReportEvidence& order) {
                spdlog::warn("consensus: double signing is proven: {}", to_hex(encode(order.evidence)));
                if (evidence_handler_) evidence_handler_(order.evidence);
            },
        .fault =
            [this](const consensus::PeerFault& order) { peers_.misbehaved(order.peer, order.error.message); },
        .renew_journal =
            [this](std::span<const Bytes> records) {
                return Journal::renew(config_.data_directory / k_journal_name, chain_id_, records);
            },
        .halt = [this](const Error& reason) { halt(reason); },
    };
}

void Chain::Core::build(const consensus::BuildBlock& order) {
    const auto beacon_of = [this](std::uint64_t chain) -> const ledger::BeaconChain& {
        return beacon(chain);
    };
    auto built = build_block(*chain_, agreement_->simplex(), mempool_, beacon_of,
                             config_.validator_key->account(), order);
    if (!built) {
        if (built.error().code == ErrorCode::internal) return halt(built.error());
        return spdlog::error("consensus: cannot build a block: {}", built.error().message);
    }
    ++counters_.proposals_built;
    note_proposal(protocol::block_hash(built->header), built->header.height);
    agreement_->post(consensus::Built{.slot = order.slot, .block = std::move(*built)});
}

asio::awaitable<void> Chain::Core::validate(Hash hash, BlockPtr block) {
    const auto self = shared_from_this();
    note_proposal(hash, block->header.height);
    if (chain_->branches().has(hash) || chain_->log().height_of(hash)) {
        agreement_->post(consensus::Validated{.block = hash, .valid = true});
        co_return;
    }
    validating_.insert(hash);
    const std::vector<Status> signatures = co_await signatures_.check(block->transactions);
    if (stopped_ || halted_) co_return;
    validating_.erase(hash);
    Status verdict;
    const auto unsigned_one = std::ranges::find_if(signatures, [](const Status& status) { return !status; });
    if (unsigned_one != signatures.end()) {
        verdict = unsigned_one->error();
    } else if (!chain_->log().height_of(hash)) {
        verdict = execute_with_ancestors(*chain_, agreement_->simplex(), block);
    }
    if (!verdict && verdict.error().code == ErrorCode::internal) {
        halt(verdict.error());
        co_return;
    }
    if (!verdict && verdict.error().code == ErrorCode::not_found) co_return;
    if (!verdict)
        spdlog::warn("consensus: block {} at height {} is invalid: {}", hash.hex(),
                     block->header.height.value, verdict.error().message);
    agreement_->post(consensus::Validated{.block = hash, .valid = verdict.has_value()});
}

void Chain::Core::commit(const consensus::Commit& order) {
    const std::vector<BlockToCommit> blocks = blocks_to_commit(*chain_, order);
    if (!blocks.empty()) commit_blocks(blocks);
}

bool Chain::Core::commit_blocks(const std::vector<BlockToCommit>& blocks) {
    const auto committed =
        chain_->commit(blocks, [this](const protocol::Block& block, const ledger::BlockOutcome& outcome) {
            after_final(block, outcome);
        });
    if (!committed) {
        halt(with_context(committed.error(), "a finalized block cannot be made final here"));
        return false;
    }
    const Head head = chain_->head();
    mempool_.expire(head.height.next());
    sync_.advanced(head.height, head.block, std::chrono::steady_clock::now());
    peers_.broadcast(own_status());
    enter_epoch_if_due();
    return !halted_;
}

void Chain::Core::after_final(const protocol::Block& block, const ledger::BlockOutcome& outcome) {
    count_final(block);
    settle(mempool_, chain_->state(), block);
    const bool registered =
        std::ranges::any_of(outcome.receipts, [](const ledger::TransactionReceipt& receipt) {
            return std::ranges::any_of(receipt.events, [](const ledger::Event& event) {
                return std::holds_alternative<ledger::PeerRegistered>(event);
            });
        });
    if (registered) learn_registered_peers();
    const bool accepted = std::ranges::any_of(outcome.events, [](const ledger::Event& event) {
        return std::holds_alternative<ledger::ChangeAccepted>(event);
    });
    if (accepted) warn_of_upgrade();
    const auto handlers = final_handlers_;
    for (const auto& [handle, handler] : handlers) {
        if (final_handlers_.contains(handle)) handler(block, outcome);
    }
}

void Chain::Core::note_proposal(const Hash& hash, protocol::Height height) {
    if (height <= chain_->head().height || proposals_.size() >= k_max_timed_proposals) return;
    proposals_.try_emplace(hash, Proposal{height, std::chrono::steady_clock::now()});
}

void Chain::Core::count_final(const protocol::Block& block) {
    ++counters_.blocks;
    counters_.transactions += block.transactions.size();
    counters_.last_final = std::chrono::system_clock::now();
    if (const auto proposal = proposals_.find(protocol::block_hash(block)); proposal != proposals_.end()) {
        ++counters_.proposals_final;
        counters_.proposals_wait += std::chrono::steady_clock::now() - proposal->second.came;
    }
    std::erase_if(proposals_, [&](const auto& one) { return one.second.height <= block.header.height; });
}

void Chain::Core::fetch(const consensus::FetchBlock& order) {
    // In turn among the peers: consensus asks again until the block is there.
    std::vector<PeerInfo> connected = peers_.connected();
    if (connected.empty()) return;
    auto chosen = std::ranges::find_if(connected, [&](const PeerInfo& peer) {
        return !last_fetched_from_ || peer.node > *last_fetched_from_;
    });
    if (chosen == connected.end()) chosen = connected.begin();
    last_fetched_from_ = chosen->node;
    peers_.send(chosen->node, BlockRequest{order.hash});
}

}  // namespace dure::node
