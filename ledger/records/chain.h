// Where the chain stands: its constants, its newest block, its validators and its beacon.
#pragma once

#include <cstdint>
#include <tuple>

#include "base/codec.h"
#include "base/hash.h"
#include "base/keys.h"
#include "base/money.h"
#include "base/protocol/types.h"
#include "ledger/records/checkpoint.h"
#include "ledger/records/segments.h"

namespace dure::ledger {

/// Fixed by genesis.
struct ChainRecord {
    Hash chain_id;
    BoundedString<64> name;
    std::uint32_t windows_per_unit = 0;
    std::uint32_t window_tokens = 0;
    SegmentPlan unit;  ///< how a work unit's steps are cut
    std::uint64_t held_out_tokens = 0;
    Hash held_out_blob;

    /// Whether that text is the hold-out, which counts as offered before all shards.
    bool is_held_out(const Hash& text) const { return held_out_tokens > 0 && text == held_out_blob; }

    static constexpr auto fields() {
        using T = ChainRecord;
        return std::tuple(&T::chain_id, &T::name, &T::windows_per_unit, &T::window_tokens, &T::unit,
                          &T::held_out_tokens, &T::held_out_blob);
    }
    friend bool operator==(const ChainRecord&, const ChainRecord&) = default;

    /// Tokens that one step trains on.
    std::uint64_t step_tokens() const {
        return std::uint64_t{windows_per_unit} / unit.steps * (window_tokens - 1);
    }
    /// Tokens that a whole unit trains on.
    std::uint64_t unit_tokens() const { return step_tokens() * unit.steps; }
};

struct HeadRecord {
    protocol::Height height;
    protocol::Round live;  ///< the oldest round that is not finished; the one after it may be joined already
    protocol::Round finished;  ///< live − 1: vesting counts these
    protocol::Height finished_at;
    CheckpointRecord checkpoint;  ///< the newest

    static constexpr auto fields() {
        using T = HeadRecord;
        return std::tuple(&T::height, &T::live, &T::finished, &T::finished_at, &T::checkpoint);
    }
    friend bool operator==(const HeadRecord&, const HeadRecord&) = default;
};

/// The running hash of everybody's reveals. A draw about something that was closed at height h may use it
/// when h < matured_before: then proposers of more than a third of the weight have revealed since.
struct BeaconRecord {
    Hash value;
    protocol::Height matured_before;

    static constexpr auto fields() { return std::tuple(&BeaconRecord::value, &BeaconRecord::matured_before); }
    friend bool operator==(const BeaconRecord&, const BeaconRecord&) = default;
};

struct ValidatorRecord {
    std::uint64_t weight = 0;      ///< in this epoch
    Hash beacon_link;              ///< the next reveal is its preimage
    std::uint64_t reveals = 0;     ///< so many links are used up
    protocol::Height last_reveal;  ///< 0: none yet
    protocol::Height stood_at;     ///< CandidateRecord::stood_at: the standing that it votes by
    std::uint64_t chain = 0;       ///< CandidateRecord::chain: where the links are from
    Shares slashed;                ///< of its weight: taken in this epoch, or gone already when it began

    static constexpr auto fields() {
        using T = ValidatorRecord;
        return std::tuple(&T::weight, &T::beacon_link, &T::reveals, &T::last_reveal, &T::stood_at, &T::chain,
                          &T::slashed);
    }
    friend bool operator==(const ValidatorRecord&, const ValidatorRecord&) = default;
};

}  // namespace dure::ledger
