// Paid completions: OpenAI's wire form of /v1/completions, with payment by docs/protocol/payment.md.
#include <random>

#include "ledger/records/channel.h"
#include "node/api/encode.h"
#include "node/api/json_fields.h"
#include "node/api/payment.h"
#include "node/api/routes.h"

namespace dure::node {

namespace json = boost::json;
namespace asio = boost::asio;

namespace {

constexpr std::size_t k_max_completion_body_bytes = 256 * 1024;
constexpr const char* k_realm = "dure";

const char* title_of(VoucherRefusal refusal) {
    switch (refusal) {
        case VoucherRefusal::channel_unknown:
            return "Unknown channel";
        case VoucherRefusal::wrong_server:
            return "The channel pays another server";
        case VoucherRefusal::channel_closing:
            return "The channel is being closed";
        case VoucherRefusal::bad_signature:
            return "The voucher's signature does not verify";
        case VoucherRefusal::over_deposit:
            return "The voucher promises more than the deposit";
        case VoucherRefusal::voucher_lowered:
            return "The voucher is lower than an earlier one";
        case VoucherRefusal::voucher_replayed:
            return "The voucher was used before";
        case VoucherRefusal::not_enough_cover:
            return "The voucher does not cover the call";
    }
    return "Payment refused";
}

/// Reads the request; a field that this server does not know is an error, so that nobody believes it was
/// heeded.
Result<Call> read_call(const json::object& body) {
    JsonFields fields(body);
    Call call;
    DURE_TRY(call.prompt, fields.text("prompt"));
    if (fields.has("model")) {
        DURE_TRY(const std::string model, fields.text("model"));
        static_cast<void>(model);  // there is one: the newest checkpoint
    }
    if (fields.has("max_tokens")) {
        DURE_TRY(const std::uint64_t max_tokens, fields.number("max_tokens"));
        if (max_tokens == 0 || max_tokens > std::numeric_limits<std::uint32_t>::max())
            return Error{ErrorCode::out_of_range, "max_tokens is " + std::to_string(max_tokens)};
        call.params.max_tokens = static_cast<std::uint32_t>(max_tokens);
    }
    if (fields.has("temperature")) {
        DURE_TRY(const double temperature, fields.fraction("temperature"));
        if (temperature < 0 || temperature > 2)
            return Error{ErrorCode::out_of_range, "temperature may be 0 to 2"};
        call.params.temperature = trainer::Float32(static_cast<float>(temperature));
    }
    if (fields.has("top_p")) {
        DURE_TRY(const double top_p, fields.fraction("top_p"));
        if (top_p <= 0 || top_p > 1)
            return Error{ErrorCode::out_of_range, "top_p may be above 0 and up to 1"};
        call.params.top_p = trainer::Float32(static_cast<float>(top_p));
    }
    if (fields.has("seed")) {
        DURE_TRY(call.params.seed, fields.number("seed"));
    } else {
        std::random_device device;
        call.params.seed = device();
    }
    if (fields.has("n")) {
        DURE_TRY(const std::uint64_t n, fields.number("n"));
        if (n != 1) return Error{ErrorCode::out_of_range, "n may only be 1 on this server"};
    }
    if (fields.has("stream")) {
        DURE_TRY(const bool stream, fields.boolean("stream"));
        if (stream)
            return Error{ErrorCode::out_of_range, "this server does not stream; send \"stream\": false"};
    }
    DURE_CHECK(fields.finish());
    return call;
}

HttpResponse payment_needed(const ApiParts& parts, const PaymentNeeded& needed) {
    Problem problem{402,
                    "payment_required",
                    "Payment required",
                    "this call costs up to " + to_text(needed.price.cost_max) + " DURE; open a channel to " +
                        parts.account.address() + " and send a voucher (docs/protocol/payment.md)",
                    {}};
    if (needed.problem) {
        problem.code = name_of(needed.problem->refusal);
        problem.title = title_of(needed.problem->refusal);
        problem.detail = needed.problem->message;
        if (needed.problem->needed) put(problem.extra, "needed", *needed.problem->needed);
        if (needed.problem->cumulative) put(problem.extra, "cumulative", *needed.problem->cumulative);
        if (needed.problem->spent) put(problem.extra, "spent", *needed.problem->spent);
    }
    HttpResponse response = respond(problem);
    const PaymentChallenge challenge{parts.chain.chain_id(), parts.account, needed.price.input_token,
                                     needed.price.output_token, needed.price.cost_max};
    response.headers.emplace_back("WWW-Authenticate", encode_challenge(challenge, k_realm));
    response.headers.emplace_back("Cache-Control", "no-store");
    return response;
}

HttpResponse completion(const CallAnswer& answer) {
    json::object choice{{"index", 0},
                        {"text", answer.text},
                        {"finish_reason", answer.finish == trainer::FinishReason::stop ? "stop" : "length"},
                        {"logprobs", nullptr}};
    json::object usage{{"prompt_tokens", answer.input_tokens},
                       {"completion_tokens", answer.output_tokens},
                       {"total_tokens", answer.input_tokens + answer.output_tokens}};
    json::object body{{"object", "text_completion"},
                      {"model", "dure-" + answer.checkpoint.root.hex().substr(0, 16)},
                      {"choices", json::array{std::move(choice)}},
                      {"usage", std::move(usage)},
                      {"seed", answer.seed},
                      {"checkpoint_root", answer.checkpoint.root.hex()},
                      {"checkpoint_round", answer.checkpoint.round.value}};
    HttpResponse response = respond(json::value(std::move(body)));
    const PaymentReceipt receipt{answer.account.channel,    answer.cost,         answer.account.spent,
                                 answer.account.cumulative, answer.input_tokens, answer.output_tokens};
    response.headers.emplace_back("Payment-Receipt", encode_receipt(receipt));
    response.headers.emplace_back("Cache-Control", "private");
    return response;
}

asio::awaitable<HttpResponse> complete(ApiPartsPtr parts, HttpRequest request) {
    if (parts->answer_server == nullptr) {
        co_return respond(Error{ErrorCode::not_found,
                                "this node does not sell answers; GET /v1/servers lists those that do"});
    }
    const Result<json::object> body = parse_json_object(request.body);
    if (!body) co_return respond(body.error());
    Result<Call> call = read_call(*body);
    if (!call) co_return respond(call.error());
    if (!request.authorization.empty()) {
        const Result<PaymentCredential> credential = decode_credential(request.authorization);
        if (!credential) {
            HttpResponse refusal = respond(Problem{
                401, "malformed_credential", "Malformed payment credential", credential.error().message, {}});
            co_return refusal;
        }
        call->voucher = Voucher{credential->channel, credential->cumulative, credential->signature};
    }
    const AnswerServer::Outcome outcome = co_await parts->answer_server->answer(std::move(*call));
    if (const auto* needed = std::get_if<PaymentNeeded>(&outcome)) co_return payment_needed(*parts, *needed);
    if (const auto* error = std::get_if<Error>(&outcome)) co_return respond(*error);
    co_return completion(std::get<CallAnswer>(outcome));
}

}  // namespace

void add_completion_routes(Router& router, ApiPartsPtr parts) {
    router.add("POST", "/v1/completions", {}, k_max_completion_body_bytes,
               [parts](HttpRequest request) { return complete(parts, std::move(request)); });
}

}  // namespace dure::node
