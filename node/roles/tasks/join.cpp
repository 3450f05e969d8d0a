#include "node/roles/tasks/perform.h"

namespace dure::node {

namespace asio = boost::asio;

asio::awaitable<Result<Answer>> perform(const WorkTools&, JoinDuty duty, std::shared_ptr<Cancelled>) {
    co_return Answer{ledger::JoinRound{duty.round, duty.units}, {}, 0};
}

}  // namespace dure::node
