// Somebody's states, replayed or fetched: what auditors, checkers, both sides of a dispute and its committee have
// in common.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <vector>

#include "node/roles/tasks/shared.h"
#include "trainer/rounds/training_state.h"

namespace dure::node {

/// A state that somebody named, from its three blobs. Nothing: the blobs are no state of this model, which is
/// the unit's base's. Errors:
/// those of BlobAccess::fetch.
boost::asio::awaitable<Result<std::optional<trainer::TrainingState>>> fetch_state(const WorkTools& tools,
                                                                                  trainer::ModelConfig model,
                                                                                  StateRoots roots,
                                                                                  std::uint32_t step);

/// The states after each step of a segment of the unit, the first after one step. Replayed from the state that
/// was served for its start, else from the base; kept in the notebook. Nothing: what was served is no state.
boost::asio::awaitable<Result<std::optional<std::vector<Hash>>>> segment_steps(
    const WorkTools& tools, ledger::AssignedUnit unit, std::uint32_t segment,
    std::shared_ptr<Cancelled> cancelled);

}  // namespace dure::node
