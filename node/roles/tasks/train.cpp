#include "node/roles/tasks/perform.h"
#include "node/roles/tasks/shared.h"

namespace dure::node {

namespace asio = boost::asio;

asio::awaitable<Result<Answer>> perform(const WorkTools& tools, TrainDuty duty,
                                        std::shared_ptr<Cancelled> cancelled) {
    Result<PreparedUnit> unit = co_await prepare(tools, duty.unit);
    if (!unit) co_return unit.error();
    auto job = [unit = std::move(*unit), train_unit = tools.hooks.train,
                secret = tools.secrets.of(duty.unit.round, duty.unit.unit, duty.unit.seed)](
                   const trainer::Kernels& kernels, const Cancelled& stop) {
        const auto go_on = [&stop](const trainer::UnitProgress&) { return !stop.load(); };
        return train_unit(kernels, unit.work_unit(), secret, go_on, {});
    };
    Result<trainer::UnitResult> result =
        co_await tools.workshop.run(urgency_of(duty.unit.deadline, Rank::train), cancelled, std::move(job));
    if (!result) co_return result.error();
    const std::uint64_t bytes = result->update.size();
    const auto update = std::make_shared<const Bytes>(std::move(result->update));
    const Result<Hash> stored = co_await tools.blobs.put(update);
    if (!stored) co_return stored.error();
    const ledger::UpdateCommitment commitment{
        *stored, bytes, result->segment_root, result->tokens, result->loss_first, result->loss_last};
    co_return Answer{ledger::SubmitUpdate{duty.unit.round, duty.unit.unit, commitment},
                     "loss " + nats(result->loss_first) + " to " + nats(result->loss_last) + " nats over " +
                         std::to_string(result->tokens) + " tokens",
                     result->tokens};
}

}  // namespace dure::node
