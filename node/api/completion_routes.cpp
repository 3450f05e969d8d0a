// Paid completions: OpenAI's wire form of /v1/completions, with payment by docs/protocol/payment.md.
#include "ledger/records/channel.h"
#include "node/api/completion_body.h"
#include "node/api/completion_request.h"
#include "node/api/encode.h"
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

asio::awaitable<HttpResponse> complete(ApiPartsPtr parts, HttpRequest request) {
    if (parts->answer_server == nullptr) {
        co_return respond(Error{ErrorCode::not_found,
                                "this node does not sell answers; GET /v1/servers lists those that do"});
    }
    const Result<json::object> body = parse_json_object(request.body);
    if (!body) co_return respond(body.error());
    Result<CompletionRequest> wanted = read_completion_request(*body);
    if (!wanted) co_return respond(wanted.error());
    if (!request.authorization.empty()) {
        const Result<PaymentCredential> credential = decode_credential(request.authorization);
        if (!credential) {
            HttpResponse refusal = respond(Problem{
                401, "malformed_credential", "Malformed payment credential", credential.error().message, {}});
            co_return refusal;
        }
        wanted->call.voucher = Voucher{credential->channel, credential->cumulative, credential->signature};
    }
    AnswerServer::Outcome outcome = co_await parts->answer_server->begin(std::move(wanted->call));
    if (const auto* needed = std::get_if<PaymentNeeded>(&outcome)) co_return payment_needed(*parts, *needed);
    if (const auto* error = std::get_if<Error>(&outcome)) co_return respond(*error);
    auto stream = std::move(std::get<std::unique_ptr<AnswerStream>>(outcome));
    if (wanted->stream) co_return streamed_completion(std::move(stream), wanted->include_usage);
    auto whole = whole_completion(std::move(stream));
    co_return co_await std::move(whole);
}

}  // namespace

void add_completion_routes(Router& router, ApiPartsPtr parts) {
    router.add("POST", "/v1/completions", {}, k_max_completion_body_bytes,
               [parts](HttpRequest request) { return complete(parts, std::move(request)); });
}

}  // namespace dure::node
