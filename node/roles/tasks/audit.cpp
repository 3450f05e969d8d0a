#include "node/roles/tasks/perform.h"
#include "node/roles/tasks/shared.h"
#include "trainer/rounds/replay.h"

namespace dure::node {

namespace asio = boost::asio;

asio::awaitable<Result<Answer>> perform(const WorkTools& tools, AuditDuty duty,
                                        std::shared_ptr<Cancelled> cancelled) {
    Result<PreparedUnit> unit = co_await prepare(tools, duty.unit);
    if (!unit) co_return unit.error();
    auto job = [unit = std::move(*unit)](const trainer::Kernels& kernels, const Cancelled& stop) {
        const trainer::WorkUnit task = unit.work_unit();
        const auto go_on = [&stop](const trainer::UnitProgress&) { return !stop.load(); };
        return trainer::replay_segments(kernels, task, trainer::ReplayStart::base(), 0, task.segments(),
                                        go_on);
    };
    Result<trainer::SegmentReplay> result =
        co_await tools.workshop.run(urgency_of(duty.unit.deadline, Rank::replay), cancelled, std::move(job));
    if (!result) co_return result.error();
    const Hash replayed = result->update_hash;
    const bool same = duty.unit.record.commitment && duty.unit.record.commitment->update == replayed;
    // The replay's bytes are the update's: whoever audited can serve it too.
    if (same) {
        const auto update = std::make_shared<const Bytes>(std::move(result->update));
        const Result<Hash> stored = co_await tools.blobs.put(update);
        if (!stored) co_return stored.error();
    }
    co_return Answer{
        ledger::AuditUpdate{duty.unit.round, duty.unit.unit, replayed},
        same ? "the replay gives the same update" : "the replay gives another update than its trainer's", 0};
}

}  // namespace dure::node
