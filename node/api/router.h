// From a method and a path to the handler that answers: routes with {parameters}, and the errors of those who
// miss them.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "node/api/http.h"

namespace dure::node {

using HttpHandler = std::function<boost::asio::awaitable<HttpResponse>(HttpRequest)>;

struct Route {
    std::string method;
    std::vector<std::string> pattern;  ///< segments; "{name}" matches any one
    std::vector<std::string> query;    ///< the parameters it knows; others are refused
    std::size_t max_body_bytes = 0;
    HttpHandler handler;
};

class Router {
  public:
    /// `pattern` as "/v1/blocks/{height}".
    void add(std::string_view method, std::string_view pattern, std::vector<std::string> query,
             std::size_t max_body_bytes, HttpHandler handler);

    struct Match {
        const Route* route = nullptr;  ///< none: `refusal` says why
        HttpResponse refusal;
    };
    /// Fills request.parameters. Refusals: 404 (no such path), 405 (with Allow), 400 (a query parameter that
    /// is not known).
    Match match(HttpRequest& request) const;
    const std::vector<Route>& routes() const { return routes_; }

  private:
    std::vector<Route> routes_;
};

}  // namespace dure::node
