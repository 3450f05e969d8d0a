// A piece of contributed data: offered by a commitment with a deposit, then shown, judged by a drawn committee
// (judging.h), and trained on when accepted.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <tuple>
#include <variant>

#include "base/codec.h"
#include "base/hash.h"
#include "base/keys.h"
#include "base/money.h"
#include "base/protocol/types.h"
#include "ledger/records/parameters.h"
#include "ledger/records/wide.h"

namespace dure::ledger {

/// A promise to show a shard: H("dure/offer"; owner ‖ salt ‖ shard). Its number is its place in the order in
/// which offers came, and decides who was first.
struct OfferRecord {
    Account owner;
    Account depositor;  ///< the owner, or the sponsor who paid for it
    Coin deposit;
    Hash commitment;
    protocol::Height offered;
    protocol::Height expires;  ///< the last height whose block may show it

    static constexpr auto fields() {
        using T = OfferRecord;
        return std::tuple(&T::owner, &T::depositor, &T::deposit, &T::commitment, &T::offered, &T::expires);
    }
    friend bool operator==(const OfferRecord&, const OfferRecord&) = default;
};

/// What an offer commits to.
Hash offer_commitment(const Account& owner, const Hash& salt, const Hash& shard);

using License = BoundedString<64>;   ///< an SPDX identifier
using Language = BoundedString<16>;  ///< a BCP 47 tag
using Tag = BoundedString<32>;
using Tags = BoundedList<Tag, 8>;  ///< ascending, each once

struct PlainText {
    static constexpr auto fields() { return std::tuple<>(); }
    friend bool operator==(const PlainText&, const PlainText&) = default;
};
/// A table of examples; each of its rows put into the template gives the text (trainer/text/examples.h).
struct Labelled {
    BoundedString<k_max_template_bytes> pattern;
    static constexpr auto fields() { return std::tuple(&Labelled::pattern); }
    friend bool operator==(const Labelled&, const Labelled&) = default;
};
using ShardKind = std::variant<PlainText, Labelled>;

/// 128 minima over the text's shingles (trainer/text/minhash.h), each four bytes little-endian.
struct Sketch {
    std::array<std::uint8_t, 4 * k_sketch_values> bytes{};

    static constexpr auto fields() { return std::tuple(&Sketch::bytes); }
    friend bool operator==(const Sketch&, const Sketch&) = default;
};
Hash sketch_hash(const Sketch& sketch);
/// How many of the 128 entries are equal.
std::size_t equal_entries(const Sketch& a, const Sketch& b);

enum class ShardStatus : std::uint8_t {
    judging,    ///< shown, not yet decided (JudgingRecord says how far it is)
    accepted,   ///< trained on
    rejected,   ///< unusable, or shown with a false sketch; the deposit went to the owners
    duplicate,  ///< an earlier offer is (nearly) the same text; the deposit was returned
    lapsed,     ///< no committee agreed in time; the deposit was returned
    withdrawn,  ///< by its owner or by vote: trained on no more, its text is dropped
};
constexpr ShardStatus last_enumerator(ShardStatus) {
    return ShardStatus::withdrawn;
}
const char* name_of(ShardStatus status);

/// What a scorer found. No tokens: the bytes are not usable text of that name.
struct ShardAnswer {
    Hash token_ids_hash;
    std::uint64_t tokens = 0;
    std::uint64_t text_bytes = 0;  ///< of the text in normal form that the tokens are of
    std::uint64_t score = 0;       ///< micro-nats that one step on it takes off the loss of the drawn windows
    Hash sketch_hash;              ///< of the sketch that its text really has

    static constexpr auto fields() {
        return std::tuple(&ShardAnswer::token_ids_hash, &ShardAnswer::tokens, &ShardAnswer::text_bytes,
                          &ShardAnswer::score, &ShardAnswer::sketch_hash);
    }
    friend bool operator==(const ShardAnswer&, const ShardAnswer&) = default;
};

struct ShardRecord {
    Account owner;
    std::uint64_t offer = 0;  ///< its offer's number: the earlier one was first
    std::uint64_t show = 0;   ///< its number in the order in which shards were shown
    protocol::Height offered;
    protocol::Height shown;
    Coin deposit;
    std::uint64_t bytes = 0;
    License license;
    Language language;
    Tags tags;
    ShardKind kind;
    ShardStatus status = ShardStatus::judging;
    protocol::Height since;           ///< when the present status began
    std::optional<Hash> first;        ///< a duplicate's: the shard that was offered before it
    ShardAnswer answer;               ///< the newest that was agreed on
    std::uint64_t paid_score = 0;     ///< what counts of it (ledger/data/scores.h)
    protocol::Generation generation;  ///< of the model that it was scored against
    std::uint64_t row = 0;            ///< of the sampling table, once accepted
    BoundedList<std::uint64_t, k_max_score_peers>
        peers;                     ///< rows of others' shards, offered before and shown after this one
    protocol::Round withdrawn_in;  ///< the live round then; rounds up to it may still have used the text

    /// What its score is multiplied with: the bytes of its text, but of a table not more than its own bytes, so
    /// that neither rare characters nor what a template repeats nor columns that it leaves out count.
    std::uint64_t counted_bytes() const { return std::min(bytes, answer.text_bytes); }

    static constexpr auto fields() {
        using T = ShardRecord;
        return std::tuple(&T::owner, &T::offer, &T::show, &T::offered, &T::shown, &T::deposit, &T::bytes,
                          &T::license, &T::language, &T::tags, &T::kind, &T::status, &T::since, &T::first,
                          &T::answer, &T::paid_score, &T::generation, &T::row, &T::peers, &T::withdrawn_in);
    }
    friend bool operator==(const ShardRecord&, const ShardRecord&) = default;
};

/// A row of the sampling table (ledger/data/sampling.h), from which windows are drawn.
struct SampledShard {
    Hash shard;
    std::uint64_t tokens = 0;
    SamplingWeight weight;  ///< score × bytes; nothing if it is shorter than a window

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

/// How much data there is, and how far judging it is.
struct DataRecord {
    std::uint64_t accepted = 0;  ///< rows of the sampling table
    std::uint64_t tokens = 0;    ///< of all shards ever accepted
    SamplingWeight weight;       ///< sum over the sampling table
    std::uint64_t offers = 0;    ///< ever made: the next one's number
    std::uint64_t shows = 0;
    std::uint32_t pending = 0;    ///< offers not shown and shards not judged yet
    std::uint32_t rejudging = 0;  ///< accepted shards that are being scored anew
    protocol::Generation generation;
    std::uint64_t rejudged = 0;  ///< rows below this one are scored for this generation, or are being so,
    std::uint64_t rejudge_until = 0;    ///< of those there were when it began
    std::uint64_t usual_score_sum = 0;  ///< k_usual_score_memory times what scores are about (data/scores.h)

    static constexpr auto fields() {
        using T = DataRecord;
        return std::tuple(&T::accepted, &T::tokens, &T::weight, &T::offers, &T::shows, &T::pending,
                          &T::rejudging, &T::generation, &T::rejudged, &T::rejudge_until,
                          &T::usual_score_sum);
    }
    friend bool operator==(const DataRecord&, const DataRecord&) = default;
};

}  // namespace dure::ledger
