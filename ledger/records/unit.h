// A work unit of a round as it lies in the state: what its trainer committed to, revealed and opened, who
// audits which segments of it, and who holds its bytes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <tuple>
#include <vector>

#include "base/codec.h"
#include "base/hash.h"
#include "base/keys.h"
#include "base/protocol/types.h"
#include "ledger/records/parameters.h"
#include "ledger/records/segments.h"

namespace dure::ledger {

enum class UnitStatus : std::uint8_t {
    assigned,   ///< waiting for its trainer
    missing,    ///< not committed to in time
    submitted,  ///< committed to
    withheld,   ///< its trainer did not reveal, serve or open what it had committed to
    revealed,   ///< being audited
    accepted,   ///< all that was replayed gave the same
    disputed,   ///< a replay gave something else; a dispute decides
    rejected,   ///< a dispute showed that it was wrong, or that nobody can say that it is right
    upheld,     ///< a dispute showed that it was right, or rather right: paid, though not merged
    refused,    ///< its update is larger than the chain takes: the merge leaves it out
    unaudited,  ///< somebody who was drawn for it did not answer in time
};
constexpr UnitStatus last_enumerator(UnitStatus) {
    return UnitStatus::unaudited;
}
const char* name_of(UnitStatus status);

/// What a trainer commits to while nobody may see its update.
struct UpdateCommitment {
    Hash commitment;               ///< update_commitment(trainer, update, salt)
    Hash segment_root;             ///< segment_root(secret, states at the boundaries)
    std::uint64_t tokens = 0;      ///< trained on; fewer than a whole unit's: its numbers ceased to be finite
    std::uint64_t loss_first = 0;  ///< of the first and last step, micro-nats a token
    std::uint64_t loss_last = 0;

    static constexpr auto fields() {
        using T = UpdateCommitment;
        return std::tuple(&T::commitment, &T::segment_root, &T::tokens, &T::loss_first, &T::loss_last);
    }
    friend bool operator==(const UpdateCommitment&, const UpdateCommitment&) = default;
};

struct RevealedUpdate {
    Hash update;  ///< name of the update's bytes
    std::uint64_t bytes = 0;

    static constexpr auto fields() { return std::tuple(&RevealedUpdate::update, &RevealedUpdate::bytes); }
    friend bool operator==(const RevealedUpdate&, const RevealedUpdate&) = default;
};

/// Segments first … first + count − 1, replayed by one auditor.
struct AuditTask {
    std::uint32_t first = 0;
    std::uint32_t count = 0;
    std::optional<Account> auditor{};                    ///< drawn, and waited for
    BoundedList<Account, k_max_audit_redraws> silent{};  ///< drawn earlier; they did not answer in time
    std::optional<Hash> commitment{};                    ///< to the answer
    std::optional<AuditAnswer> answer{};                 ///< opened

    static constexpr auto fields() {
        using T = AuditTask;
        return std::tuple(&T::first, &T::count, &T::auditor, &T::silent, &T::commitment, &T::answer);
    }
    friend bool operator==(const AuditTask&, const AuditTask&) = default;
};

/// Somebody who was drawn to say that the unit's bytes can be had.
struct Holder {
    Account account;
    bool holds = false;

    static constexpr auto fields() { return std::tuple(&Holder::account, &Holder::holds); }
    friend bool operator==(const Holder&, const Holder&) = default;
};

/// A start state that the trainer showed, so that a segment can be replayed alone.
struct ServedState {
    std::uint32_t boundary = 0;
    StateRoots roots;

    static constexpr auto fields() { return std::tuple(&ServedState::boundary, &ServedState::roots); }
    friend bool operator==(const ServedState&, const ServedState&) = default;
};

/// All of the trainer's states, shown after every auditor has committed.
struct OpenedSegments {
    BoundaryStates states{};  ///< at every boundary
    StateRoots last{};        ///< of the last of them; zeros for a unit whose numbers ceased to be finite

    static constexpr auto fields() { return std::tuple(&OpenedSegments::states, &OpenedSegments::last); }
    friend bool operator==(const OpenedSegments&, const OpenedSegments&) = default;
};

inline constexpr std::size_t k_max_audit_tasks = k_max_segments / 2;

struct UnitRecord {
    Account trainer;
    UnitStatus status = UnitStatus::assigned;
    std::optional<UpdateCommitment> commitment;
    protocol::Height submitted;
    std::optional<RevealedUpdate> revealed;
    bool audited_whole = false;                        ///< one auditor replays it all from the public base
    BoundedList<AuditTask, k_max_audit_tasks> audits;  ///< by ascending segment
    bool served = false;  ///< the start states that the audits need are in `starts`, if they need any
    BoundedList<ServedState, k_max_audit_tasks> starts;
    BoundedList<Holder, k_max_holders> holders;
    std::optional<OpenedSegments> opened;
    std::optional<bool> checked;  ///< whether the update is what the last state gives

    static constexpr auto fields() {
        using T = UnitRecord;
        return std::tuple(&T::trainer, &T::status, &T::commitment, &T::submitted, &T::revealed,
                          &T::audited_whole, &T::audits, &T::served, &T::starts, &T::holders, &T::opened,
                          &T::checked);
    }
    friend bool operator==(const UnitRecord&, const UnitRecord&) = default;

    /// Holders who must say that they hold the bytes.
    std::size_t holders_needed(const Parameters& parameters) const {
        return std::min<std::size_t>(parameters.holder_quorum, holders.size());
    }
    std::size_t holders_ready() const;
    /// Boundaries whose states its trainer has to serve: where its audits begin, but for the public base.
    std::vector<std::uint32_t> starts_needed() const;
    /// Its trainer committed to fewer tokens than a whole unit has: a step's numbers were not finite.
    bool is_null(std::uint64_t unit_tokens) const {
        return commitment.has_value() && commitment->tokens < unit_tokens;
    }
    /// Whether it is known if the auditor of this task found what the trainer claims: both have opened, or the
    /// auditor, who replayed it all, has an update to compare with the one revealed.
    bool can_compare(const AuditTask& task) const {
        return task.answer.has_value() && (opened.has_value() || audited_whole);
    }
    /// Whether it did. Needs can_compare.
    bool agrees(const AuditTask& task) const;
};

}  // namespace dure::ledger
