#include "node/api/static_files.h"

#include <algorithm>

#include "node/api/routes.h"

namespace dure::node {

namespace {

/// Calls go to this node, or, from the playground, to a `dure proxy` on the reader's own machine.
constexpr const char* k_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self' http://127.0.0.1:* http://localhost:*; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";

/// True if an item's parameters weigh it with zero (RFC 9110 §12.4.2: q=0, q=0.0 …): it is not wanted.
bool weighs_nothing(std::string_view parameters) {
    const std::size_t weight = parameters.find("q=");
    if (weight == std::string_view::npos) return false;
    const std::string_view value = parameters.substr(weight + 2);
    return value.starts_with('0') && value.find_first_of("123456789") == std::string_view::npos;
}

/// True if one of the comma-separated items of a header's value is `wanted`, parameters aside.
bool lists(std::string_view header, std::string_view wanted) {
    while (!header.empty()) {
        const std::size_t comma = header.find(',');
        std::string_view item = header.substr(0, comma);
        header = comma == std::string_view::npos ? std::string_view() : header.substr(comma + 1);
        item.remove_prefix(std::min(item.find_first_not_of(" \t"), item.size()));
        const std::string_view parameters = item.substr(std::min(item.find(';'), item.size()));
        item = item.substr(0, item.find_first_of("; \t"));
        if (item.starts_with("W/")) item.remove_prefix(2);
        if (item == wanted && !weighs_nothing(parameters)) return true;
    }
    return false;
}

}  // namespace

HttpResponse respond(const WebFile& file, const HttpRequest& request) {
    HttpResponse response;
    response.content_type = file.content_type;
    response.headers.emplace_back("ETag", file.etag);
    response.headers.emplace_back("Cache-Control",
                                  file.immutable ? "public, max-age=31536000, immutable" : "no-cache");
    response.headers.emplace_back("Vary", "Accept-Encoding");
    response.headers.emplace_back("Content-Security-Policy", k_policy);
    response.headers.emplace_back("Referrer-Policy", "no-referrer");
    response.headers.emplace_back("Cross-Origin-Opener-Policy", "same-origin");
    if (lists(request.if_none_match, file.etag)) {
        response.status = 304;
        return response;
    }
    const bool compressed = !file.gzip.empty() && lists(request.accept_encoding, "gzip");
    if (compressed) response.headers.emplace_back("Content-Encoding", "gzip");
    response.body.assign(as_text(compressed ? file.gzip : file.plain));
    return response;
}

void add_static_routes(Router& router) {
    for (const WebFile& file : web_files()) {
        router.add("GET", file.path, {}, 0,
                   at_once([&file](const HttpRequest& request) { return respond(file, request); }));
    }
}

}  // namespace dure::node
