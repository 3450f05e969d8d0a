// The state after the newest final block, for reading: the store on disk, over it the changes that are not
// written there yet, before it a cache of values.
//
// The store lies behind on purpose: a block's batch is handed out for writing only when the next block is
// final, so that at every start the last block is executed again and the tree of its parent, against which
// proofs are made, is at hand.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <unordered_map>

#include "ledger/state/reader.h"
#include "node/storage/state_store.h"

namespace dure::node {

/// Values by key: those lately used, in about so many bytes of memory. Two generations: what was not used during
/// a whole one is dropped.
class ValueCache {
  public:
    /// What an entry takes besides its key and value, roughly.
    static constexpr std::size_t k_entry_bytes = 128;

    explicit ValueCache(std::size_t bytes) : half_(bytes / 2) {}
    /// The cached value (or cached absence), or null.
    const std::optional<Bytes>* find(ByteView key);
    void put(ByteView key, std::optional<Bytes> value);
    /// True if one more entry begins a new generation.
    bool is_half_full() const { return young_bytes_ >= half_; }

  private:
    using Map = std::unordered_map<Bytes, std::optional<Bytes>, ledger::KeyHash, ledger::KeyEqual>;
    void make_room();

    std::size_t half_;
    std::size_t young_bytes_ = 0;
    Map young_;
    Map old_;
};

class FlatState final : public ledger::StateReader {
  public:
    using BatchPtr = std::shared_ptr<const StateBatch>;

    /// The store must outlive this.
    explicit FlatState(const StateStore& store);

    /// Reads as much of the store as the cache takes, so that the first blocks need not.
    void warm();

    std::optional<Bytes> get(ByteView key) const override;
    void scan(ByteView prefix, ByteView from, const Visitor& visit) const override;
    /// As `get`, of the state before the newest commit, which must not be written to the store yet.
    std::optional<Bytes> get_before_newest(ByteView key) const;

    /// Takes over a final block's changes.
    void commit(BatchPtr batch);
    /// The store has them all up to this height.
    void flushed(protocol::Height height);

  private:
    /// What the newest of these layers says about the key; null if none does.
    const std::optional<Bytes>* find_waiting(ByteView key, std::size_t layers) const;

    const StateStore& store_;
    std::deque<BatchPtr> waiting_;  ///< not in the store yet, oldest first
    mutable ValueCache cache_;
};

}  // namespace dure::node
