// A shard on its way to a verdict: whose turn it is, who was drawn, what they committed to and said.
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
#include "ledger/records/shard.h"

namespace dure::ledger {

enum class JudgingPhase : std::uint8_t {
    queued,      ///< earlier offers are not shown yet, or something that it depends on is not judged
    drawing,     ///< waits for a beacon that nobody knew when it left the queue (or when others dropped out)
    committing,  ///< its committee works, and commits to what it finds
    opening,     ///< and opens
};
constexpr JudgingPhase last_enumerator(JudgingPhase) {
    return JudgingPhase::opening;
}
const char* name_of(JudgingPhase phase);

struct Scorer {
    Account account;
    Shares weight;  ///< bonded when drawn
    std::optional<Hash> commitment;
    std::optional<ShardAnswer> answer;

    static constexpr auto fields() {
        return std::tuple(&Scorer::account, &Scorer::weight, &Scorer::commitment, &Scorer::answer);
    }
    friend bool operator==(const Scorer&, const Scorer&) = default;
};

/// What a scorer commits to before anybody opens.
Hash answer_commitment(const Account& scorer, const Hash& shard, const ShardAnswer& answer, const Hash& salt);

/// A window over which the loss is taken before and after the step on the shard.
struct ScoreWindow {
    std::optional<Hash> shard;  ///< another contributor's; none: genesis's hold-out
    std::uint64_t first_token = 0;

    static constexpr auto fields() { return std::tuple(&ScoreWindow::shard, &ScoreWindow::first_token); }
    friend bool operator==(const ScoreWindow&, const ScoreWindow&) = default;
};

struct JudgingRecord {
    Hash shard;
    bool again = false;   ///< an accepted shard, scored for a new generation
    bool second = false;  ///< the first committee did not agree: a larger one replays
    JudgingPhase phase = JudgingPhase::queued;
    protocol::Height since;
    protocol::Height deadline;  ///< of the phase; 0: it has none yet
    Account depositor;
    Coin deposit;  ///< held until the verdict
    std::uint32_t redraws = 0;
    Hash seed;                        ///< of the first draw: the scorers' windows follow from it
    CheckpointRecord scored_against;  ///< the newest checkpoint at the first draw
    BoundedList<ScoreWindow, k_max_scoring_windows> windows;
    std::uint32_t peer_windows = 0;  ///< so many of them are other contributors'
    BoundedList<Scorer, k_max_committee> committee;
    BoundedList<Scorer, k_max_committee> first_committee;  ///< when the second one is at work

    static constexpr auto fields() {
        using T = JudgingRecord;
        return std::tuple(&T::shard, &T::again, &T::second, &T::phase, &T::since, &T::deadline, &T::depositor,
                          &T::deposit, &T::redraws, &T::seed, &T::scored_against, &T::windows,
                          &T::peer_windows, &T::committee, &T::first_committee);
    }
    friend bool operator==(const JudgingRecord&, const JudgingRecord&) = default;
};

}  // namespace dure::ledger
