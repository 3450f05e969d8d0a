#include "node/chain/mempool.h"

#include <algorithm>

#include "base/assert.h"
#include "base/money.h"

namespace dure::node {

using protocol::Transaction;

bool Mempool::Rank::operator<(const Rank& other) const {
    const Uint128 mine = static_cast<Uint128>(fee) * other.bytes;
    const Uint128 theirs = static_cast<Uint128>(other.fee) * bytes;
    if (mine != theirs) return mine > theirs;
    return arrival < other.arrival;
}

Status Mempool::add(const Transaction& transaction, std::uint64_t account_nonce) {
    const protocol::TransactionBody& body = transaction.body;
    const Hash id = protocol::transaction_id(transaction);
    if (by_id_.contains(id))
        return Error{ErrorCode::duplicate, "transaction " + id.hex() + " is waiting already"};
    if (body.nonce < account_nonce) {
        return Error{ErrorCode::conflict, "nonce " + std::to_string(body.nonce) +
                                              " is used up; the next one of " + body.sender.address() +
                                              " is " + std::to_string(account_nonce)};
    }
    if (body.nonce - account_nonce >= limits_.per_sender) {
        return Error{ErrorCode::conflict, "nonce " + std::to_string(body.nonce) +
                                              " is too far ahead; the next one of " + body.sender.address() +
                                              " is " + std::to_string(account_nonce) + " and at most " +
                                              std::to_string(limits_.per_sender) + " may wait"};
    }
    Entry entry{
        .transaction = transaction, .id = id, .bytes = encode(transaction).size(), .arrival = ++arrivals_};
    const auto queue = senders_.find(body.sender);
    if (queue != senders_.end()) {
        const auto present = queue->second.find(body.nonce);
        if (present != queue->second.end()) {
            const std::uint64_t fee = present->second.transaction.body.fee.value;
            const std::uint64_t least = fee + std::max<std::uint64_t>(fee / k_replacement_divisor, 1);
            if (body.fee.value < least) {
                return Error{ErrorCode::conflict,
                             "another transaction with nonce " + std::to_string(body.nonce) +
                                 " is waiting; to replace it, pay a fee of at least " + to_text(Coin{least})};
            }
            erase(body.sender, body.nonce);
        }
    }
    if (!make_room(rank_of(entry), body.sender, entry.bytes)) {
        return Error{ErrorCode::unavailable,
                     "too many transactions are waiting; pay a higher fee or try again later"};
    }
    insert(body.sender, std::move(entry));
    return {};
}

bool Mempool::make_room(const Rank& newcomer, const Account& sender, std::size_t bytes) {
    while (by_id_.size() + 1 > limits_.transactions || bytes_ + bytes > limits_.bytes) {
        if (by_rank_.empty()) return false;
        const auto worst = std::prev(by_rank_.end());
        const Place place = worst->second;
        if (!(newcomer < worst->first) || place.first == sender) return false;
        // With it go the later ones of its sender, which would wait for it in vain.
        const Queue& queue = senders_.at(place.first);
        std::vector<std::uint64_t> nonces;
        for (auto at = queue.lower_bound(place.second); at != queue.end(); ++at)
            nonces.push_back(at->first);
        for (const std::uint64_t nonce : nonces)
            erase(place.first, nonce);
    }
    return true;
}

void Mempool::insert(const Account& sender, Entry entry) {
    const std::uint64_t nonce = entry.transaction.body.nonce;
    bytes_ += entry.bytes;
    by_id_.emplace(entry.id, Place{sender, nonce});
    by_expiry_.emplace(entry.transaction.body.expires.value, entry.id);
    by_rank_.emplace(rank_of(entry), Place{sender, nonce});
    senders_[sender].emplace(nonce, std::move(entry));
}

void Mempool::erase(const Account& sender, std::uint64_t nonce) {
    const auto queue = senders_.find(sender);
    DURE_ASSERT(queue != senders_.end());
    const auto found = queue->second.find(nonce);
    DURE_ASSERT(found != queue->second.end());
    const Entry& entry = found->second;
    bytes_ -= entry.bytes;
    by_id_.erase(entry.id);
    by_expiry_.erase({entry.transaction.body.expires.value, entry.id});
    by_rank_.erase(rank_of(entry));
    queue->second.erase(found);
    if (queue->second.empty()) senders_.erase(queue);
}

std::vector<Transaction> Mempool::candidates(const std::function<std::uint64_t(const Account&)>& nonce_of,
                                             std::size_t max_count, std::size_t max_bytes) const {
    struct Turn {
        Queue::const_iterator at;
        Queue::const_iterator end;
    };
    std::map<Rank, Turn> turns;  // each sender's next one
    for (const auto& [sender, queue] : senders_) {
        const auto first = queue.find(nonce_of(sender));
        if (first != queue.end()) turns.emplace(rank_of(first->second), Turn{first, queue.end()});
    }
    std::vector<Transaction> chosen;
    std::size_t bytes = 0;
    while (!turns.empty() && chosen.size() < max_count) {
        Turn turn = turns.begin()->second;
        turns.erase(turns.begin());
        const Entry& entry = turn.at->second;
        if (bytes + entry.bytes > max_bytes) continue;
        bytes += entry.bytes;
        chosen.push_back(entry.transaction);
        const std::uint64_t following = turn.at->first + 1;
        if (++turn.at != turn.end && turn.at->first == following)
            turns.emplace(rank_of(turn.at->second), turn);
    }
    return chosen;
}

void Mempool::settle(const Account& sender, std::uint64_t account_nonce) {
    for (auto queue = senders_.find(sender);
         queue != senders_.end() && queue->second.begin()->first < account_nonce;
         queue = senders_.find(sender)) {
        erase(sender, queue->second.begin()->first);
    }
}

void Mempool::expire(protocol::Height next) {
    while (!by_expiry_.empty() && by_expiry_.begin()->first < next.value)
        remove(by_expiry_.begin()->second);
}

void Mempool::remove(const Hash& id) {
    const auto found = by_id_.find(id);
    if (found == by_id_.end()) return;
    const Place place = found->second;
    erase(place.first, place.second);
}

const Transaction* Mempool::find(const Hash& id) const {
    const auto found = by_id_.find(id);
    if (found == by_id_.end()) return nullptr;
    return &senders_.at(found->second.first).at(found->second.second).transaction;
}

std::uint64_t Mempool::next_nonce(const Account& sender, std::uint64_t account_nonce) const {
    const auto queue = senders_.find(sender);
    if (queue == senders_.end()) return account_nonce;
    std::uint64_t next = account_nonce;
    for (auto at = queue->second.find(next); at != queue->second.end() && at->first == next; ++at)
        ++next;
    return next;
}

}  // namespace dure::node
