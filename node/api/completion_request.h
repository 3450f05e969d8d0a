// Requests for answers, in the wire forms of OpenAI's /v1/completions and /v1/chat/completions.
#pragma once

#include <boost/json/object.hpp>

#include "base/result.h"
#include "node/roles/answer_server.h"

namespace dure::node {

struct CompletionRequest {
    Call call;
    bool chat = false;
    bool stream = false;
    bool include_usage = false;  ///< stream_options: one more chunk at the end, with the usage alone
};

/// Where no seed is given one is drawn; null stands for a field that is not there. Errors: `malformed`, `out_of_range`,
/// naming the field. What OpenAI knows and this server cannot heed is taken where it asks for nothing (docs/operating/
/// api.md lists it), else an error, as is what nobody knows: so nobody believes it was heeded.
Result<CompletionRequest> read_completion_request(const boost::json::object& body);
/// Errors: the same; a role other than system, developer, user and assistant; content that is not text.
Result<CompletionRequest> read_chat_request(const boost::json::object& body);

}  // namespace dure::node
