#include "node/api/router.h"

#include <algorithm>

#include "base/assert.h"
#include "base/quote.h"

namespace dure::node {

namespace {

bool is_parameter(const std::string& segment) {
    return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

bool fits(const Route& route, const std::vector<std::string>& path) {
    if (route.pattern.size() != path.size()) return false;
    for (std::size_t i = 0; i < path.size(); ++i) {
        if (!is_parameter(route.pattern[i]) && route.pattern[i] != path[i]) return false;
    }
    return true;
}

std::string joined(const std::vector<std::string>& parts, const char* separator) {
    std::string text;
    for (const std::string& part : parts)
        text += (text.empty() ? "" : separator) + part;
    return text;
}

}  // namespace

void Router::add(std::string_view method, std::string_view pattern, std::vector<std::string> query,
                 std::size_t max_body_bytes, HttpHandler handler) {
    Result<Target> target = parse_target(pattern);
    DURE_ASSERT(target.has_value());
    routes_.push_back(
        {std::string(method), std::move(target->path), std::move(query), max_body_bytes, std::move(handler)});
}

Router::Match Router::match(HttpRequest& request) const {
    std::vector<std::string> allowed;
    for (const Route& route : routes_) {
        if (!fits(route, request.path)) continue;
        if (route.method != request.method) {
            allowed.push_back(route.method);
            continue;
        }
        for (const auto& [name, value] : request.query) {
            if (std::find(route.query.begin(), route.query.end(), name) != route.query.end()) continue;
            const std::string known =
                route.query.empty() ? "it takes none" : "it knows " + joined(route.query, ", ");
            return {nullptr,
                    respond(Problem{400,
                                    "unknown_parameter",
                                    "Unknown parameter",
                                    "this address does not know the parameter " + quote(name) + "; " + known,
                                    {}})};
        }
        for (std::size_t i = 0; i < request.path.size(); ++i) {
            const std::string& segment = route.pattern[i];
            if (is_parameter(segment))
                request.parameters[segment.substr(1, segment.size() - 2)] = request.path[i];
        }
        return {&route, {}};
    }
    const std::string path = quote("/" + joined(request.path, "/"));
    if (!allowed.empty()) {
        HttpResponse refusal =
            respond(Problem{405,
                            "method_not_allowed",
                            "Method not allowed",
                            path + " answers " + joined(allowed, ", ") + ", not " + quote(request.method),
                            {}});
        refusal.headers.emplace_back("Allow", joined(allowed, ", "));
        return {nullptr, std::move(refusal)};
    }
    return {nullptr,
            respond(Problem{404,
                            "not_found",
                            "Not found",
                            "there is nothing at " + path + "; docs/operating/api.md lists the addresses",
                            {}})};
}

}  // namespace dure::node
