// What one epoch's consensus is told once, and the bounds of what it keeps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/protocol/block.h"
#include "base/protocol/validators.h"
#include "base/protocol/vote.h"
#include "consensus/crypto.h"
#include "consensus/time.h"

namespace dure::consensus {

struct Timing {
    Duration delta{250};  ///< Δ: what a message, its check and one fdatasync take at most on a good day
    Duration min_block_interval{1000};  ///< at least this long from one block's proposal to the next one's
};

struct Config {
    Hash chain_id;
    protocol::Epoch epoch;
    protocol::ValidatorSet validators;
    Hash leader_seed;  ///< a beacon that was final before the epoch began
    Hash root;         ///< the epoch's root block (genesis's block hash for epoch 0)
    protocol::Height root_height;
    /// What made the root final in the epoch before; none in a chain's first epoch. Checked by whoever hands it in.
    std::optional<protocol::Certificate> root_finalization = std::nullopt;
    std::optional<protocol::Height> last_height =
        std::nullopt;  ///< the epoch's last block's; none: it has no end
    std::shared_ptr<const Signer>
        signer;            ///< none, or one outside the set: an observer, which follows and relays
    bool may_sign = true;  ///< false while the journal is lost or damaged: then it signs nothing either
    std::shared_ptr<const Verifier> verifier;  ///< none: a KeyVerifier of the validators
    Timing timing;
    std::uint32_t version = protocol::k_protocol_version;  ///< of the epoch's blocks
};

/// Where the node's block log ends: the newest durable final block and what finalized it.
struct FinalBlock {
    protocol::Height height;
    protocol::Certificate finalization;  ///< a vote of kind Finalize; names slot and block
};

// ---- Bounds
// ------------------------------------------------------------------------------------------------

/// Votes and certificates for slots further ahead than this are dropped: whoever is so far behind is helped
/// slot by slot, and a faulty validator can make us store at most five votes for each.
inline constexpr std::uint64_t k_max_slots_ahead = 256;
/// Proposals carry blocks of megabytes, so fewer are kept for slots to come.
inline constexpr std::uint64_t k_max_proposals_ahead = 4;
/// Slots that ended in a skip keep other nodes' votes for so many slots, for evidence's sake; then only the
/// certificate.
inline constexpr std::uint64_t k_vote_memory_slots = 256;
/// Votes and proposals of so many slots up to the final one are still compared, for evidence that comes late.
inline constexpr std::uint64_t k_evidence_slots = 16;
/// So long after a skip the block that was proposed in the slot is still kept, in case its notarization comes
/// late.
inline constexpr std::uint64_t k_block_memory_slots = 32;
/// Longer chains of missing blocks are not fetched one by one: the node syncs by heights.
inline constexpr std::uint64_t k_max_fetched_ahead = 64;
/// If so many slots are final beyond the newest committed block, nothing is kept for them but the newest
/// finalization: the blocks come by syncing.
inline constexpr std::uint64_t k_max_unsettled_slots = 256;
/// Fetches under way at once: the newest certificates' needs come first.
inline constexpr std::size_t k_max_fetches = 16;
/// Slots whose certificates one resend or one answer to a peer that is behind carries (about 1 KiB each for
/// ten validators).
inline constexpr std::uint64_t k_max_resent_slots = 64;
/// A peer whose vote is so many slots old is behind, and not just late.
inline constexpr std::uint64_t k_behind_slots = 4;
/// Messages of the next epoch that come before this node has entered it: kept so many, of them so many from one
/// peer, and so many proposals.
inline constexpr std::size_t k_max_early_messages = 512;
inline constexpr std::ptrdiff_t k_max_early_messages_per_peer = 64;
inline constexpr std::ptrdiff_t k_max_early_proposals = 4;
/// Peers whose last answer's time is remembered; others get no answer until one of these has aged.
inline constexpr std::size_t k_max_helped_peers = 1024;
/// Back-off: Δ grows by 1/k_backoff_divisor of the time since the last finalization, up to k_max_backoff
/// times itself. Slow enough that one lost slot costs little, yet each failed slot lengthens the next by a
/// constant factor.
inline constexpr int k_backoff_divisor = 8;
inline constexpr int k_max_backoff = 32;

}  // namespace dure::consensus
