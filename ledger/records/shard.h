// A piece of contributed data: offered with a deposit, judged by a drawn committee, trained on when accepted.
#pragma once

#include <cstdint>
#include <optional>
#include <tuple>

#include "base/codec.h"
#include "base/hash.h"
#include "base/keys.h"
#include "base/money.h"
#include "base/protocol/types.h"
#include "ledger/records/checkpoint.h"
#include "ledger/records/parameters.h"
#include "ledger/records/wide.h"

namespace dure::ledger {

enum class ShardStatus : std::uint8_t {
    waiting,   ///< for a beacon that nobody knew when it was offered (or when the silent were dropped)
    scoring,   ///< its committee is at work
    accepted,  ///< trained on
    rejected,  ///< more than two thirds found it unusable; the deposit went to the owners
    lapsed,    ///< no committee agreed in time; the deposit was returned
};
constexpr ShardStatus last_enumerator(ShardStatus) {
    return ShardStatus::lapsed;
}

/// What a scorer found. No tokens: the bytes are not usable text of that hash.
struct ShardAnswer {
    Hash token_ids_hash;
    std::uint64_t tokens = 0;
    std::uint64_t score = 0;

    static constexpr auto fields() {
        return std::tuple(&ShardAnswer::token_ids_hash, &ShardAnswer::tokens, &ShardAnswer::score);
    }
    friend bool operator==(const ShardAnswer&, const ShardAnswer&) = default;
};

struct Scorer {
    Account account;
    Shares weight;  ///< bonded when drawn
    std::optional<ShardAnswer> answer;

    static constexpr auto fields() { return std::tuple(&Scorer::account, &Scorer::weight, &Scorer::answer); }
    friend bool operator==(const Scorer&, const Scorer&) = default;
};

using License = BoundedString<64>;   ///< an SPDX identifier
using Language = BoundedString<16>;  ///< a BCP 47 tag

struct ShardRecord {
    Account owner;
    Account depositor;  ///< the owner, or the sponsor who paid for it
    Coin deposit;
    std::uint64_t bytes = 0;
    License license;
    Language language;
    protocol::Height offered;
    ShardStatus status = ShardStatus::waiting;
    protocol::Height since;     ///< when the present status began
    protocol::Height deadline;  ///< of the scoring
    std::uint32_t redraws = 0;
    Hash seed;                        ///< of the first draw: what the scorers' windows follow from
    CheckpointRecord scored_against;  ///< the newest checkpoint at the first draw
    BoundedList<Scorer, k_max_committee> committee;
    ShardAnswer answer;       ///< the accepted one
    std::uint64_t index = 0;  ///< its number among the accepted ones

    static constexpr auto fields() {
        using T = ShardRecord;
        return std::tuple(&T::owner, &T::depositor, &T::deposit, &T::bytes, &T::license, &T::language,
                          &T::offered, &T::status, &T::since, &T::deadline, &T::redraws, &T::seed,
                          &T::scored_against, &T::committee, &T::answer, &T::index);
    }
    friend bool operator==(const ShardRecord&, const ShardRecord&) = default;
};

/// A row of the sampling table (ledger/data/sampling.h), from which windows are drawn.
struct SampledShard {
    Hash shard;
    std::uint64_t tokens = 0;
    SamplingWeight weight;  ///< score × tokens; nothing if it is shorter than a window

    static constexpr auto fields() {
        return std::tuple(&SampledShard::shard, &SampledShard::tokens, &SampledShard::weight);
    }
    friend bool operator==(const SampledShard&, const SampledShard&) = default;
};

/// A window that a unit trains on.
struct DrawnWindow {
    std::uint64_t row = 0;  ///< of the sampling table
    std::uint64_t first_token = 0;

    static constexpr auto fields() { return std::tuple(&DrawnWindow::row, &DrawnWindow::first_token); }
    friend bool operator==(const DrawnWindow&, const DrawnWindow&) = default;
};
using UnitWindowList = BoundedList<DrawnWindow, k_max_windows_per_unit>;

/// How much data there is.
struct DataRecord {
    std::uint64_t accepted = 0;
    std::uint64_t tokens = 0;
    SamplingWeight weight;
    std::uint32_t pending = 0;  ///< waiting or scoring

    static constexpr auto fields() {
        return std::tuple(&DataRecord::accepted, &DataRecord::tokens, &DataRecord::weight,
                          &DataRecord::pending);
    }
    friend bool operator==(const DataRecord&, const DataRecord&) = default;
};

}  // namespace dure::ledger
