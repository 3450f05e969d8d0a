// What peers send: consensus messages, transactions, requests for blocks and the answers to them.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "ledger/views.h"
#include "node/chain/core.h"

namespace dure::node {

namespace asio = boost::asio;
using protocol::Transaction;

namespace {

constexpr auto k_as_tuple = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::milliseconds k_tick{100};
constexpr std::chrono::milliseconds k_status_interval{2'000};
/// Transactions wait so long for company before they are passed on.
constexpr std::chrono::milliseconds k_gossip_delay{10};
constexpr std::size_t k_gossip_bytes = k_max_transactions_message_bytes - 16;
constexpr std::size_t k_peer_page = 256;

std::chrono::steady_clock::time_point now() {
    return std::chrono::steady_clock::now();
}

}  // namespace

void Chain::Core::listen() {
    const auto keep = [&](std::uint64_t handle) { peer_handles_.push_back(handle); };
    const auto hear = [this]<class M>(const Account& from, const M& message) {
        agreement_->post(consensus::Receive{from, message});
    };
    keep(peers_.on<protocol::Proposal>(hear));
    keep(peers_.on<protocol::SignedVote>(hear));
    keep(peers_.on<protocol::Certificate>(hear));
    keep(peers_.on<Transactions>([this](const Account& from, const Transactions& message) {
        std::size_t& unchecked = unchecked_[from];
        if (unchecked + message.transactions.size() > k_max_unchecked_per_peer) return;
        unchecked += message.transactions.size();
        spawn([self = shared_from_this(), from, transactions = message.transactions] {
            return self->take_transactions(from, transactions);
        });
    }));
    keep(peers_.on<BlockRequest>(
        [this](const Account& from, const BlockRequest& request) { answer(from, request); }));
    keep(peers_.on<RangeRequest>(
        [this](const Account& from, const RangeRequest& request) { answer(from, request); }));
    keep(peers_.on<BlockResponse>(
        [this](const Account& from, const BlockResponse& response) { take(from, response); }));
    keep(peers_.on<RangeResponse>(
        [this](const Account& from, const RangeResponse& response) { take(from, response); }));
    keep(peers_.on<ChainStatus>([this](const Account& from, const ChainStatus& status) {
        sync_.heard(from, status.height, status.first);
    }));
    keep(peers_.on_connected([this](const Account& peer) { greet(peer); }));
    keep(peers_.on_disconnected([this](const Account& peer) { sync_.gone(peer); }));
    for (const PeerInfo& peer : peers_.connected())
        greet(peer.node);
}

void Chain::Core::learn_registered_peers() {
    std::optional<Account> from;
    do {
        const auto page = ledger::peers(chain_->state(), from, k_peer_page);
        for (const auto& peer : page.entries)
            peers_.learn(peer.account, peer.record.endpoint);
        from = page.next;
    } while (from);
}

ChainStatus Chain::Core::own_status() const {
    const Head head = chain_->head();
    return {.height = head.height, .block = head.block, .first = chain_->log().first()};
}

/// A newly connected peer learns where this node is, and what waits here: it may have been alone when that
/// was handed in.
void Chain::Core::greet(const Account& peer) {
    peers_.send(peer, own_status());
    Transactions waiting;
    waiting.transactions = mempool_.candidates(
        [&](const Account& sender) { return ledger::account(chain_->state(), sender).nonce; },
        k_max_gossiped_transactions, k_gossip_bytes);
    if (!waiting.transactions.empty()) peers_.send(peer, waiting);
}

// ---- Transactions
// ------------------------------------------------------------------------------------------

asio::awaitable<std::vector<Status>> Chain::Core::submit(std::vector<Transaction> transactions) {
    const auto self = shared_from_this();
    co_return co_await admit(std::move(transactions), nullptr);
}

asio::awaitable<std::vector<Status>> Chain::Core::admit(std::vector<Transaction> transactions,
                                                        const Account* from) {
    std::vector<Status> statuses(transactions.size());
    if (stopped_ || halted_) {
        std::ranges::fill(statuses, Status(Error{ErrorCode::unavailable, "this node is stopping"}));
        co_return statuses;
    }
    // First what is cheap, then the signatures, then the state again: it may have moved meanwhile.
    std::vector<std::size_t> plausible;
    std::vector<Transaction> to_check;
    for (std::size_t i = 0; i < transactions.size(); ++i) {
        const Transaction& transaction = transactions[i];
        statuses[i] = ledger::admit_transaction(chain_->state(), transaction, chain_->head().height.next());
        if (statuses[i] && transaction.body.chain_id != chain_id_)
            statuses[i] = Error{ErrorCode::invalid, "the transaction is another chain's"};
        if (statuses[i] && mempool_.contains(protocol::transaction_id(transaction))) {
            statuses[i] =
                Error{ErrorCode::duplicate,
                      "transaction " + protocol::transaction_id(transaction).hex() + " is waiting already"};
        }
        if (!statuses[i]) continue;
        plausible.push_back(i);
        to_check.push_back(transaction);
    }
    const std::vector<Status> signatures = co_await signatures_.check(to_check);
    for (std::size_t i = 0; i < plausible.size(); ++i) {
        const Transaction& transaction = to_check[i];
        Status& status = statuses[plausible[i]];
        status = signatures[i];
        if (stopped_ || halted_) status = Error{ErrorCode::unavailable, "this node is stopping"};
        if (status)
            status = ledger::admit_transaction(chain_->state(), transaction, chain_->head().height.next());
        if (status)
            status =
                mempool_.add(transaction, ledger::account(chain_->state(), transaction.body.sender).nonce);
        if (status) gossip(transaction);
        // A peer may not know the state that we know, but it can check a signature.
        if (from != nullptr && !signatures[i])
            peers_.misbehaved(
                *from, "it passed on a transaction with a bad signature: " + signatures[i].error().message);
    }
    for (const Status& status : statuses)
        ++(status ? counters_.admitted : counters_.refused);
    co_return statuses;
}

asio::awaitable<void> Chain::Core::take_transactions(Account from, std::vector<Transaction> transactions) {
    const auto self = shared_from_this();
    const std::size_t count = transactions.size();
    static_cast<void>(co_await admit(std::move(transactions), &from));
    const auto unchecked = unchecked_.find(from);
    unchecked->second -= count;
    if (unchecked->second == 0) unchecked_.erase(unchecked);
}

void Chain::Core::gossip(const Transaction& transaction) {
    const std::size_t bytes = encode(transaction).size();
    if (outbox_.size() == k_max_gossiped_transactions || outbox_bytes_ + bytes > k_gossip_bytes)
        flush_gossip();
    outbox_.push_back(transaction);
    outbox_bytes_ += bytes;
    if (gossip_waits_) return;
    gossip_waits_ = true;
    gossip_timer_.expires_after(k_gossip_delay);
    gossip_timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
        self->gossip_waits_ = false;
        if (!error && !self->stopped_) self->flush_gossip();
    });
}

void Chain::Core::flush_gossip() {
    if (outbox_.empty()) return;
    Transactions message;
    message.transactions = std::move(outbox_);
    outbox_.clear();
    outbox_bytes_ = 0;
    peers_.broadcast(message);
}

// ---- Blocks
// ------------------------------------------------------------------------------------------------

void Chain::Core::answer(const Account& from, const BlockRequest& request) {
    auto response = node::answer(*chain_, agreement_->simplex(), request);
    if (!response) return halt(response.error());
    peers_.send(from, *response);
}

void Chain::Core::answer(const Account& from, const RangeRequest& request) {
    auto response = node::answer(*chain_, request);
    if (!response) return halt(response.error());
    peers_.send(from, *response);
}

void Chain::Core::take(const Account& from, const BlockResponse& response) {
    if (!response.block) return;
    if (!is_the_one_asked_for(response))
        return peers_.misbehaved(from, "it answered a request for a block with another one");
    agreement_->post(consensus::BlockFetched{*response.block});
}

void Chain::Core::take(const Account& from, const RangeResponse& response) {
    if (halted_) return;
    auto proven = sync_.take(from, response, now());
    if (!proven) return peers_.misbehaved(from, proven.error().message);
    if (proven->empty()) return;
    std::vector<BlockToCommit> blocks;
    for (FinalBlock& block : *proven) {
        blocks.push_back(
            {std::make_shared<const protocol::Block>(std::move(block.block)), std::move(block.finalization)});
    }
    if (!commit_blocks(blocks)) return;
    counters_.blocks_synced += blocks.size();
    agreement_->post(
        consensus::Synced{.block = *blocks.back().block, .finalization = *blocks.back().finalization});
}

asio::awaitable<void> Chain::Core::tend() {
    const auto self = shared_from_this();
    while (!stopped_) {
        if (const auto request = halted_ ? std::nullopt : sync_.next(now())) {
            spdlog::debug("sync: asking {} for blocks from height {}", request->peer.address(),
                          request->range.first.value);
            peers_.send(request->peer, request->range);
        }
        if (now() - last_status_ >= k_status_interval) {
            last_status_ = now();
            peers_.broadcast(own_status());
        }
        tick_.expires_after(k_tick);
        static_cast<void>(co_await tick_.async_wait(k_as_tuple));
    }
}

}  // namespace dure::node
