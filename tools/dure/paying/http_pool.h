// HTTP/1.1 requests (Boost.Beast) as coroutines: many at once on one io_context, over connections that are kept and used
// again. Plain http:// only; answers are bounded; every wait has an end.
//
// An exchange that is dropped before its end closes its connection: that is how a server learns that nobody listens any
// more.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/beast/http/verb.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "tools/dure/http_client.h"

namespace dure::tools {

struct HttpAsk {
    boost::beast::http::verb method = boost::beast::http::verb::get;
    std::string target;
    std::string body;
    HttpClient::Headers headers;
    std::chrono::milliseconds patience{30'000};  ///< for the answer's header, and for each piece of its body
    /// Called once the request is handed to the network.
    std::function<void()> on_sent;
};

/// An answer under way.
class HttpExchange {
  public:
    ~HttpExchange();
    HttpExchange(const HttpExchange&) = delete;
    HttpExchange& operator=(const HttpExchange&) = delete;

    /// Status and headers; the body is empty.
    const HttpResponse& head() const { return head_; }
    /// The next piece of the body, not empty; none at its end. Errors: `unavailable` (broken off, or nothing in time),
    /// `out_of_range` (longer than an answer may be).
    boost::asio::awaitable<Result<std::optional<std::string>>> next();
    /// All that is left of it.
    boost::asio::awaitable<Result<HttpResponse>> whole();

  private:
    friend class HttpPool;
    struct State;
    explicit HttpExchange(std::unique_ptr<State> state);
    HttpResponse head_;
    std::unique_ptr<State> state_;
};

class HttpPool {
  public:
    explicit HttpPool(boost::asio::io_context& io);
    ~HttpPool();
    HttpPool(const HttpPool&) = delete;
    HttpPool& operator=(const HttpPool&) = delete;

    /// Any status is an answer, not an error. Errors: `unavailable`. A kept connection that the other side has closed
    /// meanwhile is opened again once.
    boost::asio::awaitable<Result<std::unique_ptr<HttpExchange>>> begin(Url url, HttpAsk ask);
    /// The same to its end.
    boost::asio::awaitable<Result<HttpResponse>> request(Url url, HttpAsk ask);

  private:
    friend class HttpExchange;
    struct Connection;
    struct Core;
    std::shared_ptr<Core> core_;
};

}  // namespace dure::tools
