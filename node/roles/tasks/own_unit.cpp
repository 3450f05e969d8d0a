#include "node/roles/tasks/own_unit.h"

#include <algorithm>

#include "ledger/ownership/slashing.h"
#include "ledger/rounds/audit_plan.h"
#include "node/roles/tasks/shared.h"
#include "trainer/rounds/arrays.h"
#include "trainer/rounds/replay.h"

namespace dure::node {

namespace asio = boost::asio;

namespace {

std::string note_name(const ledger::AssignedUnit& unit) {
    return "unit-" + std::to_string(unit.unit);
}

/// Whether this node's units would be audited in part, if auditors were drawn now.
bool expects_partial_audits(const WorkTools& tools, const ledger::AssignedUnit& unit) {
    const ledger::Parameters parameters = ledger::parameters(tools.state);
    const auto round = ledger::round(tools.state, unit.round);
    const ledger::Participant* self = round ? round->record.participant(tools.account) : nullptr;
    if (self == nullptr || self->weight.is_zero()) return false;
    const std::uint32_t segments = ledger::chain_info(tools.state).unit.segments();
    const Shares stake{ledger::locked_stake(tools.state, parameters, tools.account).value / self->units};
    return ledger::audited_segments(parameters, segments, ledger::unit_value(parameters, unit.round), stake) <
           segments;
}

/// Blobs of the three arrays. Errors: those of BlobAccess::put_now.
Result<StateRoots> keep_state(BlobAccess& blobs, const trainer::TrainingState& state) {
    StateRoots roots;
    DURE_TRY(roots.parameters, blobs.put_now(trainer::array_bytes(state.parameters)));
    DURE_TRY(roots.first_moment, blobs.put_now(trainer::array_bytes(state.first_moment)));
    DURE_TRY(roots.second_moment, blobs.put_now(trainer::array_bytes(state.second_moment)));
    return roots;
}

using KeptStates = BoundedList<ledger::ServedState, ledger::k_max_boundaries>;

struct Trained {
    trainer::UnitResult result;
    KeptStates roots;
};

/// Trains, and keeps states on the way: all but the first if `keeps`, else only the last one's names.
Result<Trained> train_now(const UnitTrainer& train_unit, const trainer::Kernels& kernels,
                          const PreparedUnit& unit, const Hash& secret, BlobAccess& blobs, bool keeps,
                          const Cancelled& stop) {
    const trainer::WorkUnit task = unit.work_unit();
    const std::uint32_t last = task.segments();
    KeptStates kept;
    Status keeping;
    const auto keep = [&](std::uint32_t boundary, const trainer::TrainingState& state) {
        if (!keeping || boundary == 0 || (!keeps && boundary != last)) return;
        if (!keeps) {
            kept.push_back({.boundary = boundary, .roots = state.roots()});
            return;
        }
        Result<StateRoots> roots = keep_state(blobs, state);
        if (roots) {
            kept.push_back({.boundary = boundary, .roots = *roots});
        } else {
            keeping = roots.error();
        }
    };
    const auto go_on = [&stop](const trainer::UnitProgress&) { return !stop.load(); };
    Result<trainer::UnitResult> result = train_unit(kernels, task, secret, go_on, keep);
    if (!result) return result.error();
    DURE_CHECK(keeping);
    return Trained{std::move(*result), std::move(kept)};
}

bool all_here(const BlobAccess& blobs, const StateRoots& roots) {
    return blobs.have(roots.parameters) && blobs.have(roots.first_moment) && blobs.have(roots.second_moment);
}

}  // namespace

const StateRoots* UnitNote::roots_at(std::uint32_t boundary) const {
    const auto found = std::find_if(roots.begin(), roots.end(),
                                    [&](const ledger::ServedState& one) { return one.boundary == boundary; });
    return found == roots.end() ? nullptr : &found->roots;
}

asio::awaitable<Result<UnitNote>> trained(const WorkTools& tools, ledger::AssignedUnit unit,
                                          std::shared_ptr<Cancelled> cancelled) {
    if (auto note = tools.notebook.find<UnitNote>(unit.round, note_name(unit));
        note && tools.blobs.have(note->update)) {
        co_return std::move(*note);
    }
    const bool keeps = expects_partial_audits(tools, unit);
    Result<PreparedUnit> prepared = co_await prepare(tools, unit);
    if (!prepared) co_return prepared.error();
    auto job = [prepared = std::move(*prepared), train_unit = tools.hooks.train,
                secret = tools.secrets.of(unit.round, unit.unit, unit.seed), &blobs = tools.blobs,
                keeps](const trainer::Kernels& kernels, const Cancelled& stop) {
        return train_now(train_unit, kernels, prepared, secret, blobs, keeps, stop);
    };
    Result<Trained> done =
        co_await tools.workshop.run(urgency_of(unit.deadline, Rank::train), cancelled, std::move(job));
    if (!done) co_return done.error();
    const trainer::UnitResult& result = done->result;
    UnitNote note;
    note.bytes = result.update.size();
    note.tokens = result.tokens;
    note.loss_first = result.loss_first;
    note.loss_last = result.loss_last;
    note.states.assign(result.states.begin(), result.states.end());
    note.roots = std::move(done->roots);
    const Result<Hash> stored = co_await tools.blobs.put(std::make_shared<const Bytes>(result.update));
    if (!stored) co_return stored.error();
    note.update = *stored;
    tools.notebook.write(unit.round, note_name(unit), note);
    co_return note;
}

asio::awaitable<Result<UnitNote>> with_states(const WorkTools& tools, ledger::AssignedUnit unit,
                                              std::vector<std::uint32_t> boundaries,
                                              std::shared_ptr<Cancelled> cancelled) {
    // Read before anything is waited for; what is prepared may not be needed.
    Result<UnitNote> note = co_await trained(tools, unit, cancelled);
    if (!note) co_return note.error();
    std::erase_if(boundaries, [&](std::uint32_t boundary) {
        const StateRoots* roots = note->roots_at(boundary);
        return roots != nullptr && all_here(tools.blobs, *roots);
    });
    if (boundaries.empty()) co_return std::move(*note);
    Result<PreparedUnit> prepared = co_await prepare(tools, unit);
    if (!prepared) co_return prepared.error();
    auto job = [prepared = std::move(*prepared), boundaries, &blobs = tools.blobs](
                   const trainer::Kernels& kernels, const Cancelled& stop) -> Result<KeptStates> {
        const trainer::WorkUnit task = prepared.work_unit();
        const auto go_on = [&stop](const trainer::UnitProgress&) { return !stop.load(); };
        KeptStates kept;
        Status keeping;
        const auto keep = [&](std::uint32_t boundary, const trainer::TrainingState& state) {
            if (!keeping || std::find(boundaries.begin(), boundaries.end(), boundary) == boundaries.end())
                return;
            Result<StateRoots> roots = keep_state(blobs, state);
            if (roots) {
                kept.push_back({.boundary = boundary, .roots = *roots});
            } else {
                keeping = roots.error();
            }
        };
        const std::uint32_t most = *std::max_element(boundaries.begin(), boundaries.end());
        const auto replayed =
            trainer::replay_segments(kernels, task, trainer::ReplayStart::base(), 0, most, go_on, keep);
        if (!replayed) return replayed.error();
        DURE_CHECK(keeping);
        return kept;
    };
    Result<KeptStates> kept =
        co_await tools.workshop.run(urgency_of(unit.deadline, Rank::merge), cancelled, std::move(job));
    if (!kept) co_return kept.error();
    for (const ledger::ServedState& one : *kept) {
        std::erase_if(note->roots,
                      [&](const ledger::ServedState& old) { return old.boundary == one.boundary; });
        note->roots.push_back(one);
    }
    tools.notebook.write(unit.round, note_name(unit), *note);
    co_return std::move(*note);
}

}  // namespace dure::node
