// The trainer's part of a round: trains, commits, reveals, serves, opens.
#include <algorithm>

#include "base/merkle.h"
#include "node/roles/tasks/own_unit.h"
#include "node/roles/tasks/perform.h"
#include "node/roles/tasks/shared.h"

namespace dure::node {

namespace asio = boost::asio;

namespace {

Hash salt_of(const WorkTools& tools, const ledger::AssignedUnit& unit) {
    return tools.secrets.salt("update", unit.round, unit.unit);
}

Hash secret_of(const WorkTools& tools, const ledger::AssignedUnit& unit) {
    return tools.secrets.of(unit.round, unit.unit, unit.seed);
}

ledger::BoundaryOpening open_boundary(const UnitNote& note, const Hash& secret, std::uint32_t boundary) {
    ledger::BoundaryOpening opening;
    opening.boundary = boundary;
    opening.salt = segment_salt(secret, boundary);
    opening.roots = *note.roots_at(boundary);
    for (const Hash& sibling : merkle_prove(segment_leaves(secret, note.states), boundary).siblings)
        opening.path.push_back(sibling);
    return opening;
}

/// States that nobody will ask for: those that no audit starts from, and but for the last one's parameters.
void drop_spare_states(const WorkTools& tools, const ledger::UnitRecord& unit, const UnitNote& note) {
    for (const ledger::ServedState& kept : note.roots) {
        const bool is_start =
            std::any_of(unit.starts.begin(), unit.starts.end(),
                        [&](const ledger::ServedState& one) { return one.boundary == kept.boundary; });
        if (is_start) continue;
        const bool is_last = kept.boundary + 1 == note.states.size();
        if (!is_last || unit.audited_whole) tools.blobs.drop(kept.roots.parameters);
        tools.blobs.drop(kept.roots.first_moment);
        tools.blobs.drop(kept.roots.second_moment);
    }
}

}  // namespace

asio::awaitable<Result<Answer>> perform(const WorkTools& tools, TrainDuty duty,
                                        std::shared_ptr<Cancelled> cancelled) {
    Result<UnitNote> note = co_await trained(tools, duty.unit, cancelled);
    if (!note) co_return note.error();
    ledger::UpdateCommitment commitment;
    commitment.commitment = ledger::update_commitment(tools.account, note->update, salt_of(tools, duty.unit));
    commitment.segment_root = segment_root(secret_of(tools, duty.unit), note->states);
    commitment.tokens = note->tokens;
    commitment.loss_first = note->loss_first;
    commitment.loss_last = note->loss_last;
    co_return Answer{ledger::SubmitUpdate{duty.unit.round, duty.unit.unit, commitment},
                     "loss " + nats(note->loss_first) + " to " + nats(note->loss_last) + " nats over " +
                         std::to_string(note->tokens) + " tokens",
                     note->tokens};
}

asio::awaitable<Result<Answer>> perform(const WorkTools& tools, RevealDuty duty,
                                        std::shared_ptr<Cancelled> cancelled) {
    Result<UnitNote> note = co_await trained(tools, duty.unit, cancelled);
    if (!note) co_return note.error();
    co_return Answer{ledger::RevealUpdate{duty.unit.round,
                                          duty.unit.unit,
                                          {.update = note->update, .bytes = note->bytes},
                                          salt_of(tools, duty.unit)},
                     {},
                     0};
}

asio::awaitable<Result<Answer>> perform(const WorkTools& tools, ServeDuty duty,
                                        std::shared_ptr<Cancelled> cancelled) {
    const std::vector<std::uint32_t> starts = duty.unit.record.starts_needed();
    Result<UnitNote> note = co_await with_states(tools, duty.unit, starts, cancelled);
    if (!note) co_return note.error();
    ledger::ServeSegments serving{duty.unit.round, duty.unit.unit, {}};
    for (const std::uint32_t boundary : starts) {
        if (note->roots_at(boundary) == nullptr) {
            co_return Error{ErrorCode::internal,
                            "the unit has no finite state at boundary " + std::to_string(boundary)};
        }
        serving.openings.push_back(open_boundary(*note, secret_of(tools, duty.unit), boundary));
    }
    co_return Answer{std::move(serving), std::to_string(starts.size()) + " states", 0};
}

asio::awaitable<Result<Answer>> perform(const WorkTools& tools, OpenSegmentsDuty duty,
                                        std::shared_ptr<Cancelled> cancelled) {
    Result<UnitNote> note = co_await trained(tools, duty.unit, cancelled);
    if (!note) co_return note.error();
    const auto last = static_cast<std::uint32_t>(note->states.size() - 1);
    const StateRoots* roots = note->roots_at(last);
    if (!duty.unit.record.audited_whole && (roots == nullptr || !tools.blobs.have(roots->parameters))) {
        const std::vector<std::uint32_t> wanted{last};
        note = co_await with_states(tools, duty.unit, wanted, cancelled);
        if (!note) co_return note.error();
        roots = note->roots_at(last);
    }
    ledger::OpenSegments opening{duty.unit.round, duty.unit.unit, secret_of(tools, duty.unit), {}};
    opening.segments.states = note->states;
    if (roots != nullptr) opening.segments.last = *roots;
    drop_spare_states(tools, duty.unit.record, *note);
    co_return Answer{std::move(opening), {}, 0};
}

}  // namespace dure::node
