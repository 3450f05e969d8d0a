// Runs what waits for nothing but this thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <optional>

#include "base/result.h"

namespace dure::tools {

/// Errors: those of the work.
template <class T>
Result<T> await_here(boost::asio::awaitable<Result<T>> work) {
    boost::asio::io_context io;
    std::optional<Result<T>> result;
    auto body = [](boost::asio::awaitable<Result<T>> inner,
                   std::optional<Result<T>>& out) -> boost::asio::awaitable<void> {
        out.emplace(co_await std::move(inner));
    };
    boost::asio::co_spawn(io, body(std::move(work), result), [](const std::exception_ptr& failure) {
        if (failure) std::rethrow_exception(failure);
    });
    io.run();
    if (!result) return Error{ErrorCode::internal, "the work did not end"};
    return std::move(*result);
}

}  // namespace dure::tools
