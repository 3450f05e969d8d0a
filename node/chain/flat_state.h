// The state after the newest final block, for reading: the store on disk, over it the changes that are not
// written there yet, before it a cache of values.
//
// The store lies behind on purpose: a block's batch is handed out for writing only when the next block is
// final, so that at every start the last block is executed again and the tree of its parent, against which
// proofs are made, is at hand.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>

#include "ledger/state/reader.h"
#include "node/storage/state_store.h"

namespace dure::node {

/// Values by key, about `entries` of the lately used ones. Two generations: what was not used during a whole
/// one is dropped.
class ValueCache {
  public:
    explicit ValueCache(std::size_t entries) : half_(entries / 2) {}
    /// The cached value (or cached absence), or null.
    const std::optional<Bytes>* find(std::string_view key);
    void put(std::string_view key, std::optional<Bytes> value);

  private:
    using Map = std::unordered_map<std::string, std::optional<Bytes>>;
    std::size_t half_;
    Map young_;
    Map old_;
};

class FlatState final : public ledger::StateReader {
  public:
    /// The store must outlive this.
    explicit FlatState(const StateStore& store);

    std::optional<Bytes> get(ByteView key) const override;
    void scan(ByteView prefix, ByteView from, const Visitor& visit) const override;

    /// Takes over a final block's changes.
    void commit(protocol::Height height, const ledger::Changes& changes);
    /// The store has them all up to this height.
    void flushed(protocol::Height height);

  private:
    struct Pending {
        protocol::Height height;
        std::optional<Bytes> value;
    };
    const StateStore& store_;
    std::map<Bytes, Pending> pending_;
    mutable ValueCache cache_;
};

}  // namespace dure::node
