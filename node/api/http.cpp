#include "node/api/http.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/stream_parser.hpp>

#include "base/quote.h"
namespace dure::node {

namespace json = boost::json;

namespace {

constexpr std::size_t k_max_target_parts = 16;
constexpr std::size_t k_max_json_depth = 16;
constexpr const char* k_problem_base = "https://dure.network/problems/";

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

Result<std::string> percent_decode(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '%') {
            const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
            const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
            if (high < 0 || low < 0)
                return Error{ErrorCode::malformed,
                             "the address has a '%' that two hexadecimal digits do not follow"};
            c = static_cast<char>(high * 16 + low);
            i += 2;
        }
        if (c == '\0') return Error{ErrorCode::malformed, "the address has a zero byte"};
        out.push_back(c);
    }
    return out;
}

struct StatusTitle {
    unsigned status;
    const char* title;
};

StatusTitle status_of(ErrorCode code) {
    switch (code) {
        case ErrorCode::malformed:
            return {400, "Malformed input"};
        case ErrorCode::out_of_range:
            return {400, "Value out of range"};
        case ErrorCode::not_found:
            return {404, "Not found"};
        case ErrorCode::duplicate:
            return {409, "It exists already"};
        case ErrorCode::conflict:
            return {409, "In conflict with the present state"};
        case ErrorCode::expired:
            return {410, "Too late"};
        case ErrorCode::insufficient:
            return {422, "Not enough"};
        case ErrorCode::unauthorized:
            return {403, "Not allowed"};
        case ErrorCode::invalid_signature:
            return {422, "The signature does not verify"};
        case ErrorCode::invalid:
            return {422, "Against the protocol's rules"};
        case ErrorCode::unavailable:
            return {503, "Not available now"};
        case ErrorCode::corrupt:
            return {500, "Stored data is damaged"};
        case ErrorCode::io:
            return {500, "The operating system reported an error"};
        case ErrorCode::internal:
            return {500, "Internal error"};
    }
    return {500, "Internal error"};
}

}  // namespace

HttpResponse respond(const Problem& problem) {
    json::object body = problem.extra;
    body["type"] = problem.type.empty() ? k_problem_base + problem.code : problem.type;
    body["title"] = problem.title;
    body["status"] = problem.status;
    body["detail"] = problem.detail;
    body["code"] = problem.code;
    HttpResponse response;
    response.status = problem.status;
    response.content_type = "application/problem+json";
    response.body = json::serialize(body);
    if (problem.status == 503 || problem.status == 429) response.headers.emplace_back("Retry-After", "1");
    return response;
}

HttpResponse respond(const json::value& value, unsigned status) {
    HttpResponse response;
    response.status = status;
    response.body = json::serialize(value);
    return response;
}

Problem problem_of(const Error& error) {
    const StatusTitle kind = status_of(error.code);
    return {kind.status, name_of(error.code), kind.title, error.message, {}};
}

Result<Target> parse_target(std::string_view target) {
    if (target.empty() || target.front() != '/')
        return Error{ErrorCode::malformed, "the request's address does not begin with '/'"};
    const std::size_t question = target.find('?');
    std::string_view path = target.substr(1, question == std::string_view::npos ? question : question - 1);
    std::string_view query =
        question == std::string_view::npos ? std::string_view() : target.substr(question + 1);
    Target result;
    while (!path.empty()) {
        const std::size_t slash = path.find('/');
        if (result.path.size() == k_max_target_parts)
            return Error{ErrorCode::out_of_range, "the address has more than 16 segments"};
        DURE_TRY(std::string segment, percent_decode(path.substr(0, slash)));
        result.path.push_back(std::move(segment));
        path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
    }
    while (!query.empty()) {
        const std::size_t ampersand = query.find('&');
        const std::string_view item = query.substr(0, ampersand);
        query = ampersand == std::string_view::npos ? std::string_view() : query.substr(ampersand + 1);
        if (item.empty()) continue;
        if (result.query.size() == k_max_target_parts)
            return Error{ErrorCode::out_of_range, "the address has more than 16 parameters"};
        const std::size_t equals = item.find('=');
        DURE_TRY(std::string name, percent_decode(item.substr(0, equals)));
        DURE_TRY(
            std::string value,
            percent_decode(equals == std::string_view::npos ? std::string_view() : item.substr(equals + 1)));
        const auto [place, inserted] = result.query.emplace(std::move(name), std::move(value));
        if (!inserted)
            return Error{ErrorCode::malformed, "the parameter " + quote(place->first) + " is given twice"};
    }
    return result;
}

Result<json::object> parse_json_object(std::string_view body) {
    json::parse_options options;
    options.max_depth = k_max_json_depth;
    json::stream_parser parser({}, options);
    boost::system::error_code failure;
    const std::size_t parsed = parser.write_some(body.data(), body.size(), failure);
    if (!failure && parsed != body.size()) failure = json::make_error_code(json::error::extra_data);
    if (!failure) parser.finish(failure);
    if (failure) {
        return Error{ErrorCode::malformed,
                     "the body is not JSON: " + failure.message() + " near byte " + std::to_string(parsed)};
    }
    json::value value = parser.release();
    if (!value.is_object())
        return Error{ErrorCode::malformed, "the body is JSON but not an object; send {\"name\": value, …}"};
    return std::move(value.get_object());
}

}  // namespace dure::node
