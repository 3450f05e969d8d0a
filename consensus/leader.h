// Who leads a slot: a draw weighted by stake, from a seed that was final before the epoch began. Everybody
// who knows the seed computes the same leaders for the whole epoch; nothing that happens on a branch changes
// them.
#pragma once

#include "base/hash.h"
#include "base/protocol/types.h"
#include "base/protocol/validators.h"

namespace dure::consensus {

/// The number of slot's leader in `validators`: with x = the first 16 bytes, as a little-endian number, of
/// tagged_hash("dure/leader", seed ‖ epoch ‖ slot) mod total weight, the validator in whose stretch of the
/// cumulative weights x lies. Needs a set that passes its check().
std::size_t leader(const protocol::ValidatorSet& validators, const Hash& seed, protocol::Epoch epoch,
                   protocol::Slot slot);

}  // namespace dure::consensus
