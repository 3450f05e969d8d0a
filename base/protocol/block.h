// Blocks. A header commits to its parent, to the state *after the parent block*, and to its transactions with
// their signatures; a block's name is the hash of its header. A block says no slot: the same bytes may be
// proposed again in a later one.
#pragma once

#include <cstdint>
#include <tuple>

#include "base/codec.h"
#include "base/hash.h"
#include "base/keys.h"
#include "base/protocol/transaction.h"
#include "base/protocol/types.h"

namespace dure::protocol {

/// The version that every chain begins with; owners vote on later ones.
inline constexpr std::uint32_t k_protocol_version = 1;
/// Bounds on one block: what a validator on a 20 Mbit/s line can still pass on within a second or so.
inline constexpr std::size_t k_max_block_transactions = 10'000;
inline constexpr std::size_t k_max_block_bytes = 4 * 1024 * 1024;

struct Header {
    std::uint32_t version = k_protocol_version;
    Hash chain_id;
    Epoch epoch;
    Height height;
    Hash parent;  ///< block hash of height − 1; genesis's block hash at height 1
    Account proposer;
    Hash state_root;         ///< of the state after the parent block
    Hash transactions_root;  ///< Merkle root over the transactions' witness ids
    Hash beacon_reveal;      ///< the next link of the proposer's hash chain
    Hash next_validators;    ///< on an epoch's last block the next set's hash, else zero

    static constexpr auto fields() {
        using T = Header;
        return std::tuple(&T::version, &T::chain_id, &T::epoch, &T::height, &T::parent, &T::proposer,
                          &T::state_root, &T::transactions_root, &T::beacon_reveal, &T::next_validators);
    }
    friend bool operator==(const Header&, const Header&) = default;
};

struct Block {
    Header header;
    BoundedList<Transaction, k_max_block_transactions> transactions;

    static constexpr auto fields() { return std::tuple(&Block::header, &Block::transactions); }
    friend bool operator==(const Block&, const Block&) = default;
};

Hash block_hash(const Header& header);
inline Hash block_hash(const Block& block) {
    return block_hash(block.header);
}

Hash transactions_root(std::span<const Transaction> transactions);
/// The same of the transactions' witness ids.
Hash witnesses_root(std::span<const Hash> witnesses);

}  // namespace dure::protocol
