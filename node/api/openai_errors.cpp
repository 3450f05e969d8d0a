#include "node/api/openai_errors.h"

namespace dure::node {

namespace {

const char* kind_of(unsigned status) {
    if (status == 402) return "payment_required";
    if (status == 429) return "rate_limit_error";
    if (status >= 500) return "server_error";
    return "invalid_request_error";
}

}  // namespace

boost::json::object openai_error_object(const Problem& problem) {
    return {{"message", problem.detail},
            {"type", kind_of(problem.status)},
            {"param", nullptr},
            {"code", problem.code}};
}

HttpResponse respond_openai(Problem problem) {
    problem.extra["error"] = openai_error_object(problem);
    return respond(problem);
}

}  // namespace dure::node
