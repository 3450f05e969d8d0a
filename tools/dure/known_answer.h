// What one has of an answer that was paid: its receipt, and the request by which it can be replayed; from a file, from the
// command line, or from the server.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "ledger/records/inference_receipt.h"
#include "tools/dure/api.h"
#include "trainer/text/tokenizer.h"

namespace dure::tools {

struct KnownAnswerOptions {
    std::string receipt;  ///< its name, a file, or itself
    std::string request;  ///< a file
    std::string prompt;
    std::vector<std::string> stops;
};
void add_answer_options(CLI::App& command, KnownAnswerOptions& options);

struct KnownAnswer {
    ledger::InferenceReceipt receipt;
    std::optional<ledger::InferenceRequest> request;
    std::optional<ledger::AnswerTokens> answer;  ///< as the server gives it
};

/// What GET /v1/inference/{id} answers, or a part of it with the receipt. Errors: `malformed`.
Result<KnownAnswer> answer_from_json(const boost::json::value& value);

/// The receipt that the options name, with what the server still knows of it. Errors: `not_found`, `malformed`.
Result<KnownAnswer> read_answer(const KnownAnswerOptions& options, Api& api);

/// The request, checked against the receipt: from the file, else made from the prompt, else from the server. Errors: `invalid`
/// for another one, `not_found` if there is none.
Result<ledger::InferenceRequest> request_of(const KnownAnswerOptions& options, const KnownAnswer& known,
                                            const trainer::Tokenizer& tokenizer);

}  // namespace dure::tools
