// A request for completions, in the wire form of OpenAI's /v1/completions.
#pragma once

#include <boost/json/object.hpp>

#include "base/result.h"
#include "node/roles/answer_server.h"

namespace dure::node {

struct CompletionRequest {
    Call call;
    bool stream = false;
    bool include_usage = false;  ///< stream_options: one more chunk at the end, with the usage alone
};

/// Where no seed is given one is drawn. Errors: `malformed`, `out_of_range`, naming the field; a field that this
/// server does not know is an error, so that nobody believes it was heeded.
Result<CompletionRequest> read_completion_request(const boost::json::object& body);

}  // namespace dure::node
