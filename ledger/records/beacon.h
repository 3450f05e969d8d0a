// The beacon's hash functions. A validator commits to the tip of a hash chain of its own at genesis; each
// block it proposes reveals the preimage of its latest link, and the beacon is the running hash of all
// reveals.
#pragma once

#include <cstdint>
#include <vector>

#include "base/hash.h"

namespace dure::ledger {

/// link(x): one step along a hash chain towards its tip.
Hash beacon_link(const Hash& below);
Hash genesis_beacon(const Hash& chain_id);
Hash next_beacon(const Hash& beacon, const Hash& reveal);

/// A validator's secret chain of `length` links over `seed`: good for `length` blocks. Keeps every 1024th
/// link, so that a reveal costs at most 1024 hashes.
class BeaconChain {
  public:
    BeaconChain(const Hash& seed, std::uint64_t length);
    /// What genesis names.
    const Hash& tip() const { return tip_; }
    std::uint64_t length() const { return length_; }
    /// The link to reveal after `reveals` earlier ones (ValidatorRecord::reveals). Needs reveals < length.
    Hash reveal(std::uint64_t reveals) const;

  private:
    std::uint64_t length_;
    std::vector<Hash> kept_;  ///< link^(1024 i)(seed)
    Hash tip_;
};

}  // namespace dure::ledger
