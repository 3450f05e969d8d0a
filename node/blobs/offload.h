// Work that would hold up the io thread, done elsewhere: `co_await offload(pool, f)` runs f on the pool and
// comes back with its value.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <type_traits>
#include <utility>

namespace dure::node {

/// The caller goes on on its own executor. What f throws is thrown to the caller. Give f a name before: GCC
/// 12 destroys the captures of a lambda twice that is written inside a co_await expression.
template <class F>
boost::asio::awaitable<std::invoke_result_t<F>> offload(boost::asio::thread_pool& pool, F f) {
    auto work = [g = std::move(f)]() mutable -> boost::asio::awaitable<std::invoke_result_t<F>> {
        co_return g();
    };
    co_return co_await boost::asio::co_spawn(pool, std::move(work), boost::asio::use_awaitable);
}

}  // namespace dure::node
