// A small HTTP/1.1 client (Boost.Beast): one request at a time over one kept connection, each with a
// deadline. Plain http:// only; answers are bounded.
#pragma once

#include <boost/beast/http/verb.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace dure::tools {

struct Url {
    std::string host;
    std::string port;
    std::string path;  ///< without a slash at its end; often empty

    /// Reads http://host[:port][/path]. Errors: `malformed`, with what is wrong.
    static Result<Url> parse(std::string_view text);
};

struct HttpResponse {
    unsigned status = 0;
    std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
    std::string body;

    /// The header's first value, or an empty text. `name` in lower case.
    std::string_view header(std::string_view name) const;
};

/// More than any answer of a node but a blob.
inline constexpr std::size_t k_max_response_bytes = std::size_t{1} << 30;

class HttpClient {
  public:
    using Headers = std::vector<std::pair<std::string, std::string>>;

    explicit HttpClient(Url url, std::chrono::milliseconds timeout = std::chrono::seconds(30));
    ~HttpClient();
    HttpClient(HttpClient&&) noexcept;
    HttpClient& operator=(HttpClient&&) noexcept;

    /// Takes a piece of a body as it arrives.
    using OnPart = std::function<void(std::string_view part)>;

    /// Any status is an answer, not an error. Errors: `unavailable` (nobody there, nothing more in time).
    /// A kept connection that the other side has closed is opened again once. With `on_part` the body of an answer
    /// with status 2xx is handed to it as it comes, and is empty in the result.
    Result<HttpResponse> request(boost::beast::http::verb method, std::string_view target,
                                 std::string body = {}, const Headers& headers = {},
                                 const OnPart& on_part = {});

    void set_timeout(std::chrono::milliseconds timeout);

  private:
    struct Connection;
    Result<HttpResponse> attempt(boost::beast::http::verb method, std::string_view target,
                                 const std::string& body, const Headers& headers, const OnPart& on_part,
                                 bool& stale);

    Url url_;
    std::chrono::milliseconds timeout_;
    std::unique_ptr<Connection> connection_;
};

}  // namespace dure::tools
