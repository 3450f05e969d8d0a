// What peers and persons say to a simulated node.
#include "ledger/views.h"
#include "tools/sim/life.h"

namespace dure::sim {

using namespace protocol;

namespace {

constexpr Duration k_tick{100};
constexpr Duration k_status_interval{2'000};
constexpr Duration k_gossip_delay{10};

}  // namespace

void Member::tell(node::Message message) {
    outside_.broadcast(setup_.place, std::make_shared<const node::Message>(std::move(message)));
}

void Member::tell(const Account& to, node::Message message) {
    outside_.send(setup_.place, to, std::make_shared<const node::Message>(std::move(message)));
}

void Member::hear(const Account& from, Outside::Message message) {
    if (life_ == nullptr || life_->stopped) return;
    if (world_.now() < frozen_until_)
        return later(frozen_until_ - world_.now(), [this, from, message] { hear(from, message); });
    powered([&] { std::visit([&](const auto& one) { take(from, one); }, *message); });
}

void Member::take(const Account& from, const Proposal& message) {
    if (scenario_.mistake == Mistake::finalizes_after_skip) life_->last_proposal = message;
    post(consensus::Receive{from, message});
}
void Member::take(const Account& from, const SignedVote& message) {
    post(consensus::Receive{from, message});
}
void Member::take(const Account& from, const Certificate& message) {
    post(consensus::Receive{from, message});
}

void Member::take(const Account&, const node::Transactions& message) {
    for (const Transaction& transaction : message.transactions)
        static_cast<void>(admit(transaction));
}

Status Member::submit(const Transaction& transaction) {
    if (life_ == nullptr || life_->stopped || world_.now() < frozen_until_)
        return Error{ErrorCode::unavailable, "this node is not up"};
    return admit(transaction);
}

Status Member::admit(const Transaction& transaction) {
    Life& life = *life_;
    const ledger::StateReader& state = life.chain->state();
    DURE_CHECK(ledger::admit_transaction(state, transaction, life.chain->head().height.next()));
    if (transaction.body.chain_id != village_.chain_id)
        return Error{ErrorCode::invalid, "the transaction is another chain's"};
    if (life.mempool.contains(transaction_id(transaction)))
        return Error{ErrorCode::duplicate, "the transaction is waiting already"};
    if (!village_.signed_well(transaction))
        return Error{ErrorCode::invalid_signature, "the transaction is not signed by its sender"};
    DURE_CHECK(life.mempool.add(transaction, ledger::account(state, transaction.body.sender).nonce));
    life.outbox.push_back(transaction);
    if (!life.gossip_waits) {
        life.gossip_waits = true;
        later(k_gossip_delay, [this] { flush_gossip(); });
    }
    return {};
}

void Member::flush_gossip() {
    life_->gossip_waits = false;
    node::Transactions message;
    message.transactions = std::move(life_->outbox);
    life_->outbox.clear();
    tell(std::move(message));
}

void Member::take(const Account& from, const node::BlockRequest& message) {
    auto response = node::answer(*life_->chain, *life_->simplex, message);
    if (!response) return stop(response.error());
    tell(from, std::move(*response));
}

void Member::take(const Account& from, const node::RangeRequest& message) {
    auto response = node::answer(*life_->chain, message);
    if (!response) return stop(response.error());
    tell(from, std::move(*response));
}

void Member::take(const Account& from, const node::BlockResponse& message) {
    if (!message.block) return;
    if (!node::is_the_one_asked_for(message))
        return outside_.blames(setup_.place, from, "it answered a request for a block with another one");
    post(consensus::BlockFetched{*message.block});
}

void Member::take(const Account& from, const node::RangeResponse& message) {
    auto proven = life_->sync.take(from, message, node::BlockSync::Time(local_now().time_since_epoch()));
    if (!proven) return outside_.blames(setup_.place, from, proven.error().message);
    if (proven->empty()) return;
    std::vector<node::BlockToCommit> blocks;
    for (node::FinalBlock& block : *proven)
        blocks.push_back(
            {std::make_shared<const Block>(std::move(block.block)), std::move(block.finalization)});
    if (!commit_blocks(blocks)) return;
    post(consensus::Synced{.block = *blocks.back().block, .finalization = *blocks.back().finalization});
}

void Member::take(const Account& from, const node::ChainStatus& message) {
    life_->sync.heard(from, message.height);
}

void Member::tend() {
    const auto request = scenario_.mistake == Mistake::gets_no_blocks
                             ? std::nullopt
                             : life_->sync.next(node::BlockSync::Time(local_now().time_since_epoch()));
    if (request) tell(request->peer, request->range);
    if (world_.now() - life_->last_status >= k_status_interval) {
        life_->last_status = world_.now();
        const node::Head head = life_->chain->head();
        tell(node::ChainStatus{.height = head.height, .block = head.block});
    }
    later(k_tick, [this] { tend(); });
}

}  // namespace dure::sim
