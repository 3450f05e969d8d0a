// The transactions that this node's key still has to bring into the chain, in order: which nonce each has,
// and what to (re)submit. Pure: the chain's state is handed in, signed transactions come out.
//
// Promises: no payload is live twice, and no nonce has two live payloads; what expired without being
// included, or lost its nonce to another holder of the key, is signed anew under the lowest free nonce, so
// that no gap keeps the others waiting for long. Only the oldest few are on their way at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "base/hash.h"
#include "base/keys.h"
#include "base/money.h"
#include "base/protocol/transaction.h"
#include "ledger/transactions/payload.h"

namespace dure::node {

class TransactionQueue {
  public:
    using Ticket = std::uint64_t;

    TransactionQueue(const Hash& chain_id, const SecretKey& key, std::uint64_t life_blocks)
        : chain_id_(chain_id), key_(key), life_blocks_(life_blocks) {}

    /// `useful_until`: if it was not signed by that height it is dropped; none: it waits as long as need be.
    Ticket add(ledger::Payload payload, std::optional<protocol::Height> useful_until);

    /// What the queue needs to know of the chain.
    struct Sight {
        protocol::Height height;       ///< of the newest final block
        std::uint64_t nonce = 0;       ///< the account's, in the final state
        std::uint64_t next_nonce = 0;  ///< the first that no transaction in the mempool has
        Coin fee;
    };
    struct ToSubmit {
        Ticket ticket = 0;
        protocol::Transaction transaction;
    };
    struct Dropped {
        Ticket ticket = 0;
        Error reason;
    };
    struct Plan {
        std::vector<ToSubmit> submit;  ///< in this order; stop at the first that is refused
        std::vector<Dropped> dropped;
    };
    /// What to submit now. Call after every final block, after `add`, and after `admitted` made room.
    Plan plan(const Sight& sight);

    /// What the mempool said.
    void admitted(Ticket ticket);
    /// The mempool will never take it: the entry is dropped. What is neither admitted nor refused is planned
    /// again.
    void refused(Ticket ticket);
    /// Its transaction is final.
    void included(Ticket ticket);

    /// Tickets of what is on its way, oldest first.
    std::vector<std::pair<Ticket, Hash>> under_way() const;
    std::size_t size() const { return entries_.size(); }

  private:
    static constexpr std::size_t k_max_under_way = 64;

    struct Entry {
        Ticket ticket = 0;
        ledger::Payload payload;
        std::optional<protocol::Height> useful_until;
        bool is_live = false;  ///< as it was signed last it may still be included
        std::uint64_t nonce = 0;
        protocol::Height expires;
        Hash id;
    };
    protocol::Transaction sign(Entry& entry, std::uint64_t nonce, const Sight& sight) const;
    std::deque<Entry>::iterator find(Ticket ticket);

    Hash chain_id_;
    SecretKey key_;
    std::uint64_t life_blocks_;
    Ticket next_ticket_ = 1;
    std::deque<Entry> entries_;
};

}  // namespace dure::node
