// A validator's own hash chain for the beacon, out of its node key: whoever has the key can always make it
// again, so there is nothing else to back up. Genesis names its tip, or the transaction with which it stands.
#pragma once

#include "base/keys.h"
#include "ledger/records/beacon.h"

namespace dure::node {

/// Blocks that one validator can propose before its chain is used up; making it takes about a fifth of a
/// second.
inline constexpr std::uint64_t k_beacon_chain_links = std::uint64_t{1} << 20;

/// Whoever makes genesis and whoever runs the node must mean the same number of links. `chain`: 0 is genesis's; a
/// candidate stands with a new one each time (ledger::StandForValidator::chain), since what it revealed is known.
ledger::BeaconChain beacon_chain_of(const SecretKey& node_key, std::uint64_t links = k_beacon_chain_links,
                                    std::uint64_t chain = 0);

}  // namespace dure::node
