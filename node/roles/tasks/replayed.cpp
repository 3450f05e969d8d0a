#include "node/roles/tasks/replayed.h"

#include <array>

#include "trainer/rounds/replay.h"

namespace dure::node {

namespace asio = boost::asio;

namespace {

using StepStates = BoundedList<Hash, ledger::k_max_unit_steps>;

struct NotedSteps {
    StepStates states;
    static constexpr auto fields() { return std::tuple(&NotedSteps::states); }
};

std::optional<StateRoots> served_start(const ledger::UnitRecord& unit, std::uint32_t boundary) {
    for (const ledger::ServedState& served : unit.starts) {
        if (served.boundary == boundary) return served.roots;
    }
    return std::nullopt;
}

}  // namespace

asio::awaitable<Result<std::optional<trainer::TrainingState>>> fetch_state(const WorkTools& tools,
                                                                           trainer::ModelConfig model,
                                                                           StateRoots roots,
                                                                           std::uint32_t step) {
    using State = std::optional<trainer::TrainingState>;
    const std::uint64_t most = model.parameter_count() * sizeof(float);
    const std::array<Hash, 3> names{roots.parameters, roots.first_moment, roots.second_moment};
    std::vector<Bytes> arrays;
    for (const Hash& name : names) {
        Result<Bytes> bytes = co_await tools.blobs.fetch(name, most);
        if (!bytes && bytes.error().code == ErrorCode::out_of_range) co_return State{};
        if (!bytes) co_return bytes.error();
        arrays.push_back(std::move(*bytes));
    }
    Result<trainer::TrainingState> state =
        trainer::TrainingState::decode(model, step, arrays[0], arrays[1], arrays[2]);
    co_return state ? State(std::move(*state)) : State{};
}

asio::awaitable<Result<std::optional<std::vector<Hash>>>> segment_steps(
    const WorkTools& tools, ledger::AssignedUnit unit, std::uint32_t segment,
    std::shared_ptr<Cancelled> cancelled) {
    using Steps = std::optional<std::vector<Hash>>;
    const std::string name = "steps-" + std::to_string(unit.unit) + "-" + std::to_string(segment);
    if (auto noted = tools.notebook.find<NotedSteps>(unit.round, name)) {
        std::vector<Hash> states = noted->states;
        co_return Steps(std::move(states));
    }
    const ledger::SegmentPlan plan = ledger::chain_info(tools.state).unit;
    const std::uint32_t from = plan.step_at(segment);
    const std::uint32_t to = plan.step_at(segment + 1);
    Result<PreparedUnit> prepared = co_await prepare(tools, unit);
    if (!prepared) co_return prepared.error();
    std::optional<trainer::TrainingState> start;
    const auto served = segment == 0 ? std::nullopt : served_start(unit.record, segment);
    if (served) {
        auto fetched = co_await fetch_state(tools, prepared->base->config, *served, from);
        if (!fetched) co_return fetched.error();
        if (!*fetched) co_return Steps{};
        start = std::move(**fetched);
    }
    auto job = [prepared = std::move(*prepared), start = std::move(start), from, to](
                   const trainer::Kernels& kernels, const Cancelled& stop) -> Result<std::vector<Hash>> {
        const trainer::WorkUnit task = prepared.work_unit();
        const auto go_on = [&stop](const trainer::UnitProgress&) { return !stop.load(); };
        if (start) {
            const trainer::ReplayStart begin{&*start, start->hash()};
            return trainer::replay_steps(kernels, task, begin, from, to, go_on);
        }
        DURE_TRY(std::vector<Hash> states,
                 trainer::replay_steps(kernels, task, trainer::ReplayStart::base(), 0, to, go_on));
        return std::vector<Hash>(states.begin() + from, states.end());
    };
    Result<std::vector<Hash>> states =
        co_await tools.workshop.run(urgency_of(unit.deadline, Rank::replay), cancelled, std::move(job));
    if (!states) co_return states.error();
    tools.notebook.write(unit.round, name, NotedSteps{StepStates(*states)});
    co_return Steps(std::move(*states));
}

}  // namespace dure::node
