// What consensus orders: building, judging, committing and fetching blocks.
#include <spdlog/spdlog.h>

#include <algorithm>

#include "ledger/views.h"
#include "node/chain/core.h"

namespace dure::node {

namespace asio = boost::asio;

namespace {

/// What a block's header and its lists' lengths take at most, off k_max_block_bytes.
constexpr std::size_t k_block_frame_bytes = 1'024;

}  // namespace

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
        .halt = [this](const Error& reason) { halt(reason); },
    };
}

Status Chain::Core::execute_with_ancestors(const BlockPtr& block) {
    std::vector<BlockPtr> missing{block};
    while (!chain_->branches().has(missing.back()->header.parent)) {
        BlockPtr parent = agreement_->simplex().block(missing.back()->header.parent);
        if (!parent || parent->header.height <= chain_->head().height) {
            return Error{ErrorCode::not_found, "an ancestor of the block at height " +
                                                   to_text(block->header.height) + " is missing here"};
        }
        missing.push_back(std::move(parent));
    }
    for (auto next = missing.rbegin(); next != missing.rend(); ++next)
        DURE_CHECK(chain_->branches().execute(*next));
    return {};
}

void Chain::Core::build(const consensus::BuildBlock& order) {
    Branches& branches = chain_->branches();
    if (!branches.has(order.parent.block)) {
        const BlockPtr parent = agreement_->simplex().block(order.parent.block);
        if (!parent || !execute_with_ancestors(parent))
            return spdlog::warn("consensus: cannot build on {}: its state is not here",
                                order.parent.block.hex());
    }
    const ledger::StateReader& state = *branches.state_after(order.parent.block);
    const Account& self = config_.validator_key->account();
    const auto record = ledger::validator(state, self);
    if (!record || record->reveals >= beacon_->length()) {
        return spdlog::error(
            "consensus: cannot build a block: this validator's beacon chain of {} links is used up",
            beacon_->length());
    }
    constexpr std::size_t max_bytes = protocol::k_max_block_bytes - k_block_frame_bytes;
    auto candidates =
        mempool_.candidates([&](const Account& sender) { return ledger::account(state, sender).nonce; },
                            protocol::k_max_block_transactions, max_bytes);
    auto assembled = branches.assemble(order.parent.block, self, beacon_->reveal(record->reveals),
                                       std::move(candidates), max_bytes);
    if (!assembled) {
        if (assembled.error().code == ErrorCode::internal) return halt(assembled.error());
        return spdlog::error("consensus: cannot build a block: {}", assembled.error().message);
    }
    const protocol::Height next = chain_->head().height.next();
    for (const Hash& id : assembled->left_out) {
        const protocol::Transaction* transaction = mempool_.find(id);
        if (transaction != nullptr && !ledger::admit_transaction(chain_->state(), *transaction, next))
            mempool_.remove(id);
    }
    ++counters_.proposals_built;
    note_proposal(protocol::block_hash(assembled->block), assembled->block.header.height);
    agreement_->post(consensus::Built{.slot = order.slot, .block = std::move(assembled->block)});
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
        verdict = execute_with_ancestors(block);
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
    std::vector<BlockToCommit> blocks;
    for (const BlockPtr& block : order.blocks) {
        if (block->header.height > chain_->head().height) blocks.push_back({block, std::nullopt});
    }
    if (blocks.empty()) return;
    blocks.back().finalization = order.finalization;
    commit_blocks(blocks);
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
    return true;
}

void Chain::Core::after_final(const protocol::Block& block, const ledger::BlockOutcome& outcome) {
    count_final(block);
    std::set<Account> senders;
    for (const protocol::Transaction& transaction : block.transactions)
        senders.insert(transaction.body.sender);
    for (const Account& sender : senders)
        mempool_.settle(sender, ledger::account(chain_->state(), sender).nonce);
    const bool registered =
        std::ranges::any_of(outcome.receipts, [](const ledger::TransactionReceipt& receipt) {
            return std::ranges::any_of(receipt.events, [](const ledger::Event& event) {
                return std::holds_alternative<ledger::PeerRegistered>(event);
            });
        });
    if (registered) learn_registered_peers();
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
