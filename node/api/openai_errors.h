// Problems as OpenAI's clients read them: the problem document with OpenAI's `error` object in it.
#pragma once

#include "node/api/http.h"

namespace dure::node {

/// {"message", "type", "param", "code"}
boost::json::object openai_error_object(const Problem& problem);
HttpResponse respond_openai(Problem problem);
inline HttpResponse respond_openai(const Error& error) {
    return respond_openai(problem_of(error));
}

}  // namespace dure::node
