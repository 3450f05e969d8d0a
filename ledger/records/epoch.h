// Epochs: spans of a fixed number of blocks, each with one validator set. Where they begin and end, what the
// state keeps of each, and who stands for validator.
//
// Epoch e holds the blocks e·n + 1 … (e + 1)·n, for n = Parameters::epoch_blocks; genesis's block stands before
// epoch 0. With n = 0 the chain has a single epoch, without an end.
#pragma once

#include <cstdint>
#include <optional>
#include <tuple>

#include "base/codec.h"
#include "base/hash.h"
#include "base/protocol/types.h"
#include "base/protocol/validators.h"

namespace dure::ledger {

/// Genesis's block, at height 0, counts as epoch 0's.
inline protocol::Epoch epoch_of_height(std::uint64_t epoch_blocks, protocol::Height height) {
    if (epoch_blocks == 0 || height.value == 0) return {};
    return {(height.value - 1) / epoch_blocks};
}

inline protocol::Height first_height_of(std::uint64_t epoch_blocks, protocol::Epoch epoch) {
    return {epoch.value * epoch_blocks + 1};
}

/// Nothing for the only epoch of a chain, which does not end.
inline std::optional<protocol::Height> last_height_of(std::uint64_t epoch_blocks, protocol::Epoch epoch) {
    if (epoch_blocks == 0) return std::nullopt;
    return protocol::Height{(epoch.value + 1) * epoch_blocks};
}

/// True for the height whose block names the next epoch's validators.
inline bool is_last_of_epoch(std::uint64_t epoch_blocks, protocol::Height height) {
    return epoch_blocks != 0 && height.value != 0 && height.value % epoch_blocks == 0;
}

/// What an epoch began with. All are kept: evidence is judged by them, and light clients follow them.
struct EpochRecord {
    protocol::Height first;             ///< its first block
    protocol::ValidatorSet validators;  ///< their bonds when the epoch before it ended
    Hash leader_seed;                   ///< a beacon that was final before it began

    static constexpr auto fields() {
        return std::tuple(&EpochRecord::first, &EpochRecord::validators, &EpochRecord::leader_seed);
    }
    friend bool operator==(const EpochRecord&, const EpochRecord&) = default;
};

/// Somebody who stands for validator. While it is one its hash chain goes on in ValidatorRecord.
struct CandidateRecord {
    protocol::Height
        stood_at;             ///< in this block; 0: genesis's. Tells one standing of an account from the next
    std::uint64_t chain = 0;  ///< which of its hash chains the candidate calls this; any number
    Hash beacon_link;         ///< the next reveal is its preimage
    std::uint64_t reveals = 0;  ///< so many links are used up
    /// Turns that it should have led since it last proposed, counted when an epoch ends, in thousandths.
    std::uint64_t missed_turns = 0;

    static constexpr auto fields() {
        using T = CandidateRecord;
        return std::tuple(&T::stood_at, &T::chain, &T::beacon_link, &T::reveals, &T::missed_turns);
    }
    friend bool operator==(const CandidateRecord&, const CandidateRecord&) = default;
};

}  // namespace dure::ledger
