#include "node/roles/tasks.h"

#include <boost/asio/use_awaitable.hpp>
#include <variant>

#include "node/roles/tasks/perform.h"

namespace dure::node {

boost::asio::awaitable<Result<Answer>> work(WorkTools tools, Duty duty,
                                            std::shared_ptr<Cancelled> cancelled) {
    auto begin = [&](auto& one) { return perform(tools, std::move(one), cancelled); };
    co_return co_await std::visit(begin, duty);
}

}  // namespace dure::node
