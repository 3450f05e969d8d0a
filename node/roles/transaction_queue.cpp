#include "node/roles/transaction_queue.h"

#include <algorithm>

namespace dure::node {

TransactionQueue::Ticket TransactionQueue::add(ledger::Payload payload, std::optional<protocol::Height> useful_until) {
    Entry entry;
    entry.ticket = next_ticket_++;
    entry.payload = std::move(payload);
    entry.useful_until = useful_until;
    entries_.push_back(std::move(entry));
    return entries_.back().ticket;
}

TransactionQueue::Plan TransactionQueue::plan(const Sight& sight) {
    Plan plan;
    std::uint64_t next = std::max(sight.nonce, sight.next_nonce);
    // Signed entries hold their nonces as long as they may still be included.
    for (Entry& entry : entries_) {
        if (!entry.is_signed) continue;
        if (entry.nonce < sight.nonce) {
            entry.is_signed = false;  // somebody else with this key used its nonce: it can never be included
        } else {
            next = std::max(next, entry.nonce + 1);
        }
    }
    std::size_t under_way = 0;
    for (auto entry = entries_.begin(); entry != entries_.end();) {
        if (++under_way > k_max_under_way) break;
        if (entry->is_signed) {
            const bool is_live = entry->is_admitted && entry->expires > sight.height;
            if (!is_live) plan.submit.push_back({entry->ticket, sign(*entry, entry->nonce, sight)});
            ++entry;
            continue;
        }
        if (entry->useful_until && sight.height >= *entry->useful_until) {
            plan.dropped.push_back({entry->ticket, {ErrorCode::expired, std::string(name_of(entry->payload)) + " came too late: it was of use until height " +
                                                                            to_text(*entry->useful_until)}});
            entry = entries_.erase(entry);
            --under_way;
            continue;
        }
        plan.submit.push_back({entry->ticket, sign(*entry, next++, sight)});
        ++entry;
    }
    return plan;
}

protocol::Transaction TransactionQueue::sign(Entry& entry, std::uint64_t nonce, const Sight& sight) const {
    entry.nonce = nonce;
    entry.expires = sight.height + life_blocks_;
    entry.is_signed = true;
    entry.is_admitted = false;
    protocol::Transaction transaction = sign_transaction(
        ledger::make_body(chain_id_, key_.account(), nonce, sight.fee, entry.expires, entry.payload), key_);
    entry.id = transaction_id(transaction);
    return transaction;
}

void TransactionQueue::admitted(Ticket ticket) {
    if (const auto entry = find(ticket); entry != entries_.end()) entry->is_admitted = true;
}

void TransactionQueue::refused(Ticket ticket, bool for_good) {
    const auto entry = find(ticket);
    if (entry == entries_.end()) return;
    if (for_good) {
        entries_.erase(entry);
        return;
    }
    // Never admitted, so nobody holds it: its nonce, and those signed after it, are free again.
    for (auto later = entry; later != entries_.end(); ++later) {
        if (!later->is_admitted) later->is_signed = false;
    }
}

void TransactionQueue::included(Ticket ticket) {
    if (const auto entry = find(ticket); entry != entries_.end()) entries_.erase(entry);
}

std::optional<Hash> TransactionQueue::id_of(Ticket ticket) const {
    for (const Entry& entry : entries_) {
        if (entry.ticket == ticket && entry.is_signed) return entry.id;
    }
    return std::nullopt;
}

std::vector<std::pair<TransactionQueue::Ticket, Hash>> TransactionQueue::under_way() const {
    std::vector<std::pair<Ticket, Hash>> tickets;
    for (const Entry& entry : entries_) {
        if (entry.is_signed) tickets.emplace_back(entry.ticket, entry.id);
    }
    return tickets;
}

std::deque<TransactionQueue::Entry>::iterator TransactionQueue::find(Ticket ticket) {
    return std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) { return entry.ticket == ticket; });
}

}  // namespace dure::node
