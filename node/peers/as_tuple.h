// How the coroutines of this folder wait: for a tuple with the error in it, instead of an exception.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace dure::node {

inline constexpr auto k_as_tuple = boost::asio::as_tuple(boost::asio::use_awaitable);

}  // namespace dure::node
