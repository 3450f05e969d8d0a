// A round of training as it lies in the state: its phase and deadlines, who takes part, each work unit, what
// was attested and what was minted. The records of finished rounds stay: together they are the round's reward
// receipt.
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
#include "ledger/records/unit.h"
#include "ledger/records/wide.h"

namespace dure::ledger {

enum class RoundPhase : std::uint8_t {
    joining,               ///< trainers say how many units they take
    drawing,               ///< waiting for a beacon that nobody knew when joining closed
    training,              ///< trainers commit to updates,
    revealing,             ///< and show them
    drawing_auditors,      ///< waiting for a beacon that nobody knew when they were shown
    auditing,              ///< auditors commit to what their replays gave, holders say what they hold
    opening,               ///< trainers and auditors open
    checking,              ///< updates are compared with the last states they were made from
    attesting,             ///< participants commit to the next checkpoint,
    opening_attestations,  ///< and open
    decided,               ///< a checkpoint was accepted and shares were minted
    voided,                ///< nothing was minted, the base stands
};
constexpr RoundPhase last_enumerator(RoundPhase) {
    return RoundPhase::voided;
}
const char* name_of(RoundPhase phase);

struct Participant {
    Account account;
    std::uint32_t units = 0;
    std::uint32_t first_unit = 0;  ///< its units are first_unit … first_unit + units − 1
    Shares weight;                 ///< bonded when joining closed

    static constexpr auto fields() {
        return std::tuple(&Participant::account, &Participant::units, &Participant::first_unit,
                          &Participant::weight);
    }
    friend bool operator==(const Participant&, const Participant&) = default;
};

/// The formula's inputs and results of a decided round (docs/protocol/rounds.md).
struct MintSummary {
    Shares pool;    ///< after halvings
    Shares scaled;  ///< pool × min(1, accepted / target)
    Shares compute_part;
    Shares data_part;
    Shares validators_part;
    std::uint64_t compute_weight = 0;
    std::uint64_t windows = 0;  ///< drawn in accepted units
    std::uint64_t blocks = 0;   ///< since the previous round ended
    Shares minted;              ///< all rows together
    std::uint32_t rows = 0;

    static constexpr auto fields() {
        using T = MintSummary;
        return std::tuple(&T::pool, &T::scaled, &T::compute_part, &T::data_part, &T::validators_part,
                          &T::compute_weight, &T::windows, &T::blocks, &T::minted, &T::rows);
    }
    friend bool operator==(const MintSummary&, const MintSummary&) = default;
};

struct RoundRecord {
    protocol::Round number;
    RoundPhase phase = RoundPhase::joining;
    protocol::Height opened;        ///< joining began
    protocol::Height first_join;    ///< 0: nobody has joined yet
    protocol::Height since;         ///< the present phase began
    protocol::Height deadline;      ///< the present phase ends at the latest; 0: it has none
    protocol::Height trained_from;  ///< training began
    protocol::Height closed;        ///< decided or voided
    CheckpointRecord base;
    Hash seed;                       ///< the draw's: windows and units' seeds follow from it
    std::uint64_t shard_count = 0;   ///< rows of the sampling table when it was drawn,
    SamplingWeight sampling_weight;  ///< and the sum of their weights
    BoundedList<Participant, k_max_participants> participants;  ///< by ascending account
    Shares weight;                                              ///< of all participants
    std::uint32_t units = 0;
    std::uint32_t submitted = 0;
    std::uint32_t revealed = 0;
    std::uint32_t waiting = 0;  ///< moves that the present phase still waits for
    std::uint32_t accepted = 0;
    std::uint32_t audit_redraws = 0;
    std::optional<protocol::Generation> grows_to;  ///< what is attested is of this generation
    std::optional<CheckpointRecord> result;
    std::optional<MintSummary> mint;
    BoundedString<96> void_reason;

    static constexpr auto fields() {
        using T = RoundRecord;
        return std::tuple(&T::number, &T::phase, &T::opened, &T::first_join, &T::since, &T::deadline,
                          &T::trained_from, &T::closed, &T::base, &T::seed, &T::shard_count,
                          &T::sampling_weight, &T::participants, &T::weight, &T::units, &T::submitted,
                          &T::revealed, &T::waiting, &T::accepted, &T::audit_redraws, &T::grows_to,
                          &T::result, &T::mint, &T::void_reason);
    }
    friend bool operator==(const RoundRecord&, const RoundRecord&) = default;
    const Participant* participant(const Account& account) const;
};

/// "From the accepted updates I computed this."
struct CheckpointAttestation {
    Hash root{};
    Hash blob{};
    std::uint64_t held_out_loss = 0;  ///< micro-nats a token
    BoundedList<std::uint32_t, k_max_round_units>
        refused{};  ///< accepted units, ascending, whose updates are larger than the chain takes

    static constexpr auto fields() {
        using T = CheckpointAttestation;
        return std::tuple(&T::root, &T::blob, &T::held_out_loss, &T::refused);
    }
    friend bool operator==(const CheckpointAttestation&, const CheckpointAttestation&) = default;
};

/// Commits to an attestation and, once everybody has, opens it.
struct AttestationRecord {
    Hash commitment;
    std::optional<CheckpointAttestation> opened{};

    static constexpr auto fields() {
        return std::tuple(&AttestationRecord::commitment, &AttestationRecord::opened);
    }
    friend bool operator==(const AttestationRecord&, const AttestationRecord&) = default;
};
/// H("dure/attestation", account ‖ u64 round ‖ attestation ‖ salt).
Hash attestation_commitment(const Account& account, protocol::Round round,
                            const CheckpointAttestation& attestation, const Hash& salt);

/// Compute work that was done outside of a round's own units, paid with the next mint.
struct CreditRecord {
    std::uint32_t scorings = 0;        ///< shards scored with the majority
    std::uint32_t verdicts = 0;        ///< disputes decided with the majority
    std::uint32_t units = 0;           ///< own units that a dispute upheld
    std::uint64_t audit_permille = 0;  ///< audits that a dispute upheld, in thousandths of a unit

    static constexpr auto fields() {
        using T = CreditRecord;
        return std::tuple(&T::scorings, &T::verdicts, &T::units, &T::audit_permille);
    }
    friend bool operator==(const CreditRecord&, const CreditRecord&) = default;
};

enum class MintKind : std::uint8_t { compute, data, validator };
constexpr MintKind last_enumerator(MintKind) {
    return MintKind::validator;
}
const char* name_of(MintKind kind);

/// One line of a round's receipt: amount = floor(part × weight / total weight of the part).
struct MintRow {
    MintKind kind = MintKind::compute;
    Account contributor;
    Account beneficiary;
    Shares amount;
    std::uint64_t weight = 0;
    std::uint32_t units = 0;  ///< compute: accepted work units (and upheld ones since the last mint),
    std::uint64_t audit_permille = 0;  ///< thousandths of work units replayed in audits,
    std::uint32_t attestations = 0;    ///< of the checkpoint that was agreed on,
    std::uint32_t scorings = 0;        ///< shards scored since the last mint,
    std::uint32_t verdicts = 0;        ///< and disputes decided
    std::optional<Hash> shard;         ///< data: which one,
    std::uint64_t windows = 0;  ///< and how many windows of it were drawn; `weight` is how many are paid
    std::uint64_t blocks = 0;   ///< validators: blocks proposed

    static constexpr auto fields() {
        using T = MintRow;
        return std::tuple(&T::kind, &T::contributor, &T::beneficiary, &T::amount, &T::weight, &T::units,
                          &T::audit_permille, &T::attestations, &T::scorings, &T::verdicts, &T::shard,
                          &T::windows, &T::blocks);
    }
    friend bool operator==(const MintRow&, const MintRow&) = default;
};

}  // namespace dure::ledger
