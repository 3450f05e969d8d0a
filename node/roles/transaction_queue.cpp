#include "node/roles/transaction_queue.h"

#include <algorithm>
#include <set>

namespace dure::node {

TransactionQueue::Ticket TransactionQueue::add(ledger::Payload payload,
                                               std::optional<protocol::Height> useful_until) {
    Entry entry;
    entry.ticket = next_ticket_++;
    entry.payload = std::move(payload);
    entry.useful_until = useful_until;
    entries_.push_back(std::move(entry));
    return entries_.back().ticket;
}

TransactionQueue::Plan TransactionQueue::plan(const Sight& sight) {
    Plan plan;
    // Whatever may still be included holds its nonce. All others can never be included as they were signed:
    // they expired, never reached a mempool, or another holder of the key used their nonce. So they may take
    // any free one, the lowest first, and no gap remains.
    std::set<std::uint64_t> held;
    for (Entry& entry : entries_) {
        entry.is_live = entry.is_live && entry.expires > sight.height && entry.nonce >= sight.nonce;
        if (entry.is_live) held.insert(entry.nonce);
    }
    std::uint64_t next = std::max(sight.nonce, sight.next_nonce);
    std::size_t under_way = 0;
    for (auto entry = entries_.begin(); entry != entries_.end() && under_way < k_max_under_way;) {
        if (!entry->is_live && entry->useful_until && sight.height >= *entry->useful_until) {
            plan.dropped.push_back({entry->ticket,
                                    {ErrorCode::expired, std::string(name_of(entry->payload)) +
                                                             " came too late: it was of use until height " +
                                                             to_text(*entry->useful_until)}});
            entry = entries_.erase(entry);
            continue;
        }
        if (!entry->is_live) {
            while (held.contains(next))
                ++next;
            plan.submit.push_back({entry->ticket, sign(*entry, next++, sight)});
        }
        ++under_way;
        ++entry;
    }
    return plan;
}

protocol::Transaction TransactionQueue::sign(Entry& entry, std::uint64_t nonce, const Sight& sight) const {
    entry.nonce = nonce;
    entry.expires = sight.height + life_blocks_;
    protocol::Transaction transaction = sign_transaction(
        ledger::make_body(chain_id_, key_.account(), nonce, sight.fee, entry.expires, entry.payload), key_);
    entry.id = transaction_id(transaction);
    return transaction;
}

void TransactionQueue::admitted(Ticket ticket) {
    if (const auto entry = find(ticket); entry != entries_.end()) entry->is_live = true;
}

void TransactionQueue::refused(Ticket ticket) {
    if (const auto entry = find(ticket); entry != entries_.end()) entries_.erase(entry);
}

void TransactionQueue::included(Ticket ticket) {
    if (const auto entry = find(ticket); entry != entries_.end()) entries_.erase(entry);
}

std::vector<std::pair<TransactionQueue::Ticket, Hash>> TransactionQueue::under_way() const {
    std::vector<std::pair<Ticket, Hash>> tickets;
    for (const Entry& entry : entries_) {
        if (entry.is_live) tickets.emplace_back(entry.ticket, entry.id);
    }
    return tickets;
}

std::deque<TransactionQueue::Entry>::iterator TransactionQueue::find(Ticket ticket) {
    return std::find_if(entries_.begin(), entries_.end(),
                        [&](const Entry& entry) { return entry.ticket == ticket; });
}

}  // namespace dure::node
