// What an HTTP handler sees and gives back, free of sockets; and problems (RFC 9457), the one form of every
// error.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace dure::node {

struct HttpRequest {
    std::string method;                             ///< "GET", "POST", …
    std::vector<std::string> path;                  ///< decoded segments: /v1/blocks/7 is v1, blocks, 7
    std::map<std::string, std::string> query;       ///< decoded
    std::map<std::string, std::string> parameters;  ///< what stands in a route's {braces}
    std::string authorization;                      ///< that header's value, or nothing; likewise the next
    std::string content_type;
    std::string accept_encoding;
    std::string if_none_match;
    std::string last_event_id;
    std::string body;
};

/// A body that is made while it is sent. If the client leaves, the source is destroyed before it has given all.
class BodySource {
  public:
    BodySource() = default;
    BodySource(const BodySource&) = delete;
    BodySource& operator=(const BodySource&) = delete;
    virtual ~BodySource() = default;

    /// The next part, not empty; none once the body is complete. That it is asked for says that the part before went
    /// out to the network.
    virtual boost::asio::awaitable<std::optional<std::string>> next() = 0;
};

struct HttpResponse {
    unsigned status = 200;
    std::string content_type = "application/json";
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    std::shared_ptr<BodySource> source;  ///< if there is one, the body comes from it, and `body` is empty
};

/// An error as the API says it. `type` names the kind of problem as a URI, `code` is for programs.
struct Problem {
    unsigned status = 500;
    std::string code;    ///< e.g. "not_found"
    std::string title;   ///< the same for every problem of this code
    std::string detail;  ///< what happened here, with which value, and what to do
    boost::json::object extra;
    std::string type{};  ///< where it is not "https://dure.network/problems/<code>"
};

HttpResponse respond(const Problem& problem);
HttpResponse respond(const boost::json::value& json, unsigned status = 200);
/// The HTTP status and title that an error's code stands for.
Problem problem_of(const Error& error);
inline HttpResponse respond(const Error& error) {
    return respond(problem_of(error));
}

/// The path's segments and the query's parameters of a request target, percent-decoded. Errors: `malformed`
/// (bad escapes, a NUL, no leading slash, a parameter given twice), `out_of_range` (more than 16 segments or
/// parameters).
struct Target {
    std::vector<std::string> path;
    std::map<std::string, std::string> query;
};
Result<Target> parse_target(std::string_view target);

/// Parses a request's body. Errors: `malformed`, with the place; nesting is limited to 16.
Result<boost::json::object> parse_json_object(std::string_view body);

}  // namespace dure::node
