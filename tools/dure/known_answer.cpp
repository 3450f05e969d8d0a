#include "tools/dure/known_answer.h"

#include <algorithm>
#include <filesystem>

#include "node/api/payment.h"
#include "node/roles/inference_replay.h"
#include "tools/dure/wallet.h"

namespace dure::tools {

namespace {

namespace json = boost::json;

constexpr std::size_t k_max_receipt_file_bytes = std::size_t{64} << 20;

template <class T>
Result<T> from_base64url(std::string_view text, const char* what) {
    DURE_TRY(const std::string bytes, node::base64url_decode(text));
    auto value = decode<T>(as_bytes(bytes));
    if (!value) return with_context(value.error(), what);
    return std::move(*value);
}

/// A text that is no JSON is the thing itself, in base64url.
json::value json_of(const std::string& text, const char* field) {
    boost::system::error_code bad;
    json::value value = json::parse(text, bad);
    if (!bad && value.is_object()) return value;
    std::string bare = text;
    std::erase_if(bare, [](char c) { return c == '\n' || c == '\r' || c == ' '; });
    return json::object{{field, bare}};
}

/// Without an answer there may be enough at hand.
void ask_server(KnownAnswer& known, Api& api) {
    const auto answer = api.get("/v1/inference/" + known.receipt.id().hex());
    if (!answer) return;
    const auto more = answer_from_json(*answer);
    if (!more || more->receipt.statement != known.receipt.statement) return;
    if (!known.request) known.request = more->request;
    if (!known.answer) known.answer = more->answer;
}

Result<ledger::InferenceRequest> unchecked_request(const KnownAnswerOptions& options,
                                                   const KnownAnswer& known,
                                                   const trainer::Tokenizer& tokenizer) {
    if (!options.request.empty()) {
        DURE_TRY(const std::string text, read_file(options.request, k_max_receipt_file_bytes));
        return from_base64url<ledger::InferenceRequest>(text_at(json_of(text, "request"), "request"),
                                                        "request");
    }
    if (!options.prompt.empty()) {
        DURE_TRY(const trainer::Tokens prompt, node::prompt_tokens(tokenizer, options.prompt));
        return node::request_from_receipt(known.receipt.statement, prompt, options.stops);
    }
    if (known.request) return *known.request;
    return Error{ErrorCode::not_found,
                 "the server does not give the request any more; name it by --request or --prompt"};
}

}  // namespace

void add_answer_options(CLI::App& command, KnownAnswerOptions& options) {
    command
        .add_option("receipt", options.receipt,
                    "its name (64 digits, asked from --node), a file, or itself in base64url")
        ->required();
    command.add_option("--request", options.request, "a file with the canonical request")->type_name("FILE");
    command.add_option("--prompt", options.prompt, "the prompt that was sent; nobody is asked for it then");
    command
        .add_option("--stop", options.stops,
                    "a stop string that was sent with it; may be given several times")
        ->allow_extra_args(false);
}

Result<KnownAnswer> answer_from_json(const json::value& value) {
    KnownAnswer known;
    DURE_TRY(known.receipt, from_base64url<ledger::InferenceReceipt>(text_at(value, "receipt"), "receipt"));
    if (const std::string request = text_at(value, "request"); !request.empty()) {
        DURE_TRY(known.request, from_base64url<ledger::InferenceRequest>(request, "request"));
    }
    if (const std::string answer = text_at(value, "answer"); !answer.empty()) {
        DURE_TRY(known.answer, from_base64url<ledger::AnswerTokens>(answer, "answer"));
    }
    return known;
}

Result<KnownAnswer> read_answer(const KnownAnswerOptions& options, Api& api) {
    if (const Result<Hash> id = Hash::from_hex(options.receipt)) {
        DURE_TRY(const json::value answer, api.get("/v1/inference/" + id->hex()));
        DURE_TRY(KnownAnswer known, answer_from_json(answer));
        if (known.receipt.id() != *id)
            return Error{ErrorCode::malformed, "the node sent another receipt than " + id->hex()};
        return known;
    }
    std::string text = options.receipt;
    std::error_code error;
    if (std::filesystem::exists(options.receipt, error)) {
        DURE_TRY(text, read_file(options.receipt, k_max_receipt_file_bytes));
    }
    DURE_TRY(KnownAnswer known, answer_from_json(json_of(text, "receipt")));
    ask_server(known, api);
    return known;
}

Result<ledger::InferenceRequest> request_of(const KnownAnswerOptions& options, const KnownAnswer& known,
                                            const trainer::Tokenizer& tokenizer) {
    DURE_TRY(ledger::InferenceRequest request, unchecked_request(options, known, tokenizer));
    DURE_CHECK(known.receipt.check_request(request));
    return request;
}

}  // namespace dure::tools
