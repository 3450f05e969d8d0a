// The blocks between the newest committed one (the anchor) and the tips, by hash. A block names its parent,
// so the tree holds whatever slots say about it; slots are not its business.
//
// A block is *connected* when all its ancestors down to the anchor are here. Validity comes from outside and
// in order: a block is put forward for validation only after its parent is valid.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "consensus/events.h"

namespace dure::consensus {

class BlockTree {
  public:
    enum class State {
        unknown,   ///< not here
        detached,  ///< here, an ancestor is missing
        waiting,   ///< connected, not put forward for validation
        asked,     ///< put forward
        valid,
        invalid,  ///< said so from outside, of wrong height, or the descendant of such a one
    };

    /// The anchor's bytes need not be known (genesis).
    BlockTree(const Hash& anchor, protocol::Height height);

    /// Takes a block whose bytes belong to its hash. False if it is known or can never be connected (not
    /// above the anchor, or beside it).
    bool add(const Hash& hash, BlockPtr block);
    State state(const Hash& hash) const;
    BlockPtr block(const Hash& hash) const;
    const Hash& anchor() const { return anchor_; }
    protocol::Height height() const { return height_; }
    std::size_t size() const { return entries_.size(); }

    /// Marks a block that is here, and its ancestors that are, as ones to validate. Ancestors that arrive
    /// later: mark again.
    void want(const Hash& hash);
    /// Wanted blocks whose turn has come; they become `asked`.
    std::vector<Hash> take_ready();
    /// The verdict on a block; descendants of an invalid one are invalid.
    void judge(const Hash& hash, bool valid);

    /// The first block that is missing between `hash` and the anchor; none if `hash` is connected, is the
    /// anchor, or can never be connected.
    std::optional<Hash> missing_below(const Hash& hash) const;
    /// The lowest known block from `hash` downward, null if `hash` is not here.
    BlockPtr lowest_known(const Hash& hash) const;
    /// The blocks from the anchor's child to `hash`, oldest first. Needs a connected block.
    std::vector<BlockPtr> path(const Hash& hash) const;

    /// The anchor moves up to a block of greater height, with or without bytes. What does not descend from
    /// it, and does not lead down to blocks that are still missing, goes.
    void move_anchor(const Hash& hash, protocol::Height height, BlockPtr block);
    /// Keeps only these blocks and their ancestors, down to the height `lowest`.
    void retain(const std::set<Hash>& kept, protocol::Height lowest);

  private:
    struct Entry {
        BlockPtr block;
        State state = State::detached;
        bool wanted = false;
    };
    /// Settles what is connected, from low heights to high ones.
    void connect();

    Hash anchor_;
    protocol::Height height_;
    BlockPtr anchor_block_;
    std::map<Hash, Entry> entries_;
};

}  // namespace dure::consensus
