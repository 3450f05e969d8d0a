// Transactions that wait for a block. Pure: whoever feeds it has checked form and signatures.
//
// Promises: a sender's transactions come out in the order of their nonces; of two with the same nonce the one
// with the clearly higher fee stays; memory is bounded, and when it is full the transaction with the lowest
// fee a byte makes room for a better one. What it does not do: execute; a candidate may still turn out not to
// fit the state.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "base/keys.h"
#include "base/protocol/transaction.h"
#include "base/result.h"

namespace dure::node {

struct MempoolLimits {
    std::size_t transactions = 50'000;
    std::size_t bytes = std::size_t{64} << 20;
    std::size_t per_sender = 1'024;
};

/// A replacement must pay at least this part more than what it replaces.
inline constexpr std::uint64_t k_replacement_divisor = 10;

class Mempool {
  public:
    explicit Mempool(MempoolLimits limits) : limits_(limits) {}

    /// `account_nonce` is the sender's next nonce in the final state. Errors: `duplicate`, `conflict` (nonce
    /// used up or too far ahead, replacement that pays too little), `unavailable` (full).
    Status add(const protocol::Transaction& transaction, std::uint64_t account_nonce);

    /// Candidates for a block, best fee a byte first but each sender's in order, whose encodings sum to at
    /// most `max_bytes`. `nonce_of` gives a sender's next nonce in the state that the block builds on.
    std::vector<protocol::Transaction> candidates(
        const std::function<std::uint64_t(const Account&)>& nonce_of, std::size_t max_count,
        std::size_t max_bytes) const;

    /// Forgets what this sender's nonce has passed.
    void settle(const Account& sender, std::uint64_t account_nonce);
    /// Forgets what can no longer be in a block at `next` or later.
    void expire(protocol::Height next);
    void remove(const Hash& id);

    bool contains(const Hash& id) const { return by_id_.contains(id); }
    /// Null if it is not here.
    const protocol::Transaction* find(const Hash& id) const;
    /// The nonce after the unbroken run of this sender's transactions that begins at `account_nonce`.
    std::uint64_t next_nonce(const Account& sender, std::uint64_t account_nonce) const;
    std::size_t size() const { return by_id_.size(); }
    std::size_t bytes() const { return bytes_; }

  private:
    struct Entry {
        protocol::Transaction transaction;
        Hash id;
        std::size_t bytes = 0;
        std::uint64_t arrival = 0;
    };
    /// Best first: fee a byte, then age.
    struct Rank {
        std::uint64_t fee = 0;
        std::size_t bytes = 0;
        std::uint64_t arrival = 0;
        bool operator<(const Rank& other) const;
    };
    using Queue = std::map<std::uint64_t, Entry>;  // by nonce
    using Place = std::pair<Account, std::uint64_t>;

    static Rank rank_of(const Entry& entry) {
        return {entry.transaction.body.fee.value, entry.bytes, entry.arrival};
    }
    void insert(const Account& sender, Entry entry);
    void erase(const Account& sender, std::uint64_t nonce);
    bool make_room(const Rank& newcomer, const Account& sender, std::size_t bytes);

    MempoolLimits limits_;
    std::map<Account, Queue> senders_;
    std::unordered_map<Hash, Place, HashOfBytes> by_id_;
    std::set<std::pair<std::uint64_t, Hash>> by_expiry_;
    std::map<Rank, Place> by_rank_;
    std::size_t bytes_ = 0;
    std::uint64_t arrivals_ = 0;
};

}  // namespace dure::node
