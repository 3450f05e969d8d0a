// Which blobs a node keeps: what the chain still needs, and for a while what it does not (not yet) know.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "base/hash.h"
#include "base/protocol/types.h"
#include "ledger/records/genesis.h"
#include "ledger/state/reader.h"
#include "node/blobs/blob_store.h"

namespace dure::node {

struct RetentionRule {
    std::uint64_t checkpoints =
        3;                     ///< newest decided ones, besides genesis's and what the live round is about
    std::uint64_t rounds = 4;  ///< finished rounds whose updates stay, for those who come late
    std::uint64_t grace_blocks =
        1'000;  ///< how long a blob that nothing refers to may wait to be referred to
};

/// Checkpoints, updates, shards (offered or accepted) and genesis's blobs that the rule keeps.
std::set<Hash> blobs_in_use(const ledger::StateReader& state, const ledger::GenesisModel& genesis,
                            const RetentionRule& rule);

/// States of finished rounds' units that were served or opened. Those of open disputes are among blobs_in_use,
/// too, and stay.
std::set<Hash> spent_states(const ledger::StateReader& state, const RetentionRule& rule);

/// Remembers since when each blob has been of no use.
class Retention {
  public:
    explicit Retention(RetentionRule rule) : rule_(rule) {}
    /// What to remove now: what has been of no use for long, and what is spent and of no use.
    std::vector<Hash> sweep(const std::vector<StoredBlob>& stored, const std::set<Hash>& in_use,
                            const std::set<Hash>& spent, protocol::Height now);

  private:
    RetentionRule rule_;
    std::map<Hash, protocol::Height> useless_since_;
};

}  // namespace dure::node
