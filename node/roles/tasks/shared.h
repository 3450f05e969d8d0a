// What several kinds of work need: order on the workshop, numbers for people, and a unit with everything it trains on.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "ledger/views.h"
#include "node/roles/tasks.h"
#include "trainer/rounds/work_unit.h"

namespace dure::node {

/// What comes first on the workshop: deadlines decide, and at one deadline the rank.
enum class Rank : std::uint64_t { merge, replay, score, train };
std::uint64_t urgency_of(protocol::Height deadline, Rank rank);

/// "2.345678", of micro-nats.
std::string nats(std::uint64_t micro);

/// Adds the window of `length` tokens that begins at `first`. Errors: `invalid` if the text is shorter.
Status append_window(std::vector<std::int32_t>& windows, const trainer::Tokens& tokens, std::uint64_t first,
                     std::size_t length);

/// A unit that can be trained or replayed. Owns what trainer::WorkUnit refers to.
struct PreparedUnit {
    Library::CheckpointPtr base;
    trainer::TrainConfig train;
    std::vector<std::int32_t> windows;

    trainer::WorkUnit work_unit() const { return {base.get(), train, windows}; }
};
/// Fetches the unit's base and its windows' texts. The state is read before anything is waited for.
boost::asio::awaitable<Result<PreparedUnit>> prepare(const ledger::StateReader& state, Library& library,
                                                     ledger::AssignedUnit unit);
inline boost::asio::awaitable<Result<PreparedUnit>> prepare(const WorkTools& tools,
                                                            ledger::AssignedUnit unit) {
    return prepare(tools.state, tools.library, std::move(unit));
}

}  // namespace dure::node
