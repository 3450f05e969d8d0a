// Paid completions: OpenAI's wire form of /v1/completions, with payment by docs/protocol/payment.md.
#include "node/api/completion_body.h"
#include "node/api/completion_request.h"
#include "node/api/payment_gate.h"
#include "node/api/payment_problems.h"
#include "node/api/routes.h"

namespace dure::node {

namespace json = boost::json;
namespace asio = boost::asio;

namespace {

constexpr std::size_t k_max_completion_body_bytes = 256 * 1024;

HttpResponse payment_needed(const PaymentGate& gate, std::string_view body, const ApiParts& parts,
                            const PaymentNeeded& needed) {
    if (needed.problem) return gate.ask(body, needed.price, problem_of(*needed.problem));
    return gate.ask(body, needed.price,
                    payment_problem("payment-required", "Payment required",
                                    "this call costs up to " + to_text(needed.price.cost_max) +
                                        " DURE; open a channel to " + parts.account.address() +
                                        " and send a voucher (docs/protocol/payment.md)"));
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
    const PaymentGate gate(parts);
    const PaymentGate::Shown shown = gate.read(request);
    std::string challenge;
    if (const auto* credential = std::get_if<PaymentCredential>(&shown)) {
        if (const auto* voucher = std::get_if<VoucherPayload>(&credential->payload)) {
            wanted->call.voucher = Voucher{voucher->channel, voucher->cumulative, voucher->signature};
            challenge = credential->challenge.id;
        }
    }
    AnswerServer::Outcome outcome = co_await parts->answer_server->begin(std::move(wanted->call));
    if (const auto* needed = std::get_if<PaymentNeeded>(&outcome)) {
        if (const auto* problem = std::get_if<Problem>(&shown))
            co_return gate.ask(request.body, needed->price, *problem);
        co_return payment_needed(gate, request.body, *parts, *needed);
    }
    if (const auto* error = std::get_if<Error>(&outcome)) co_return respond(*error);
    auto stream = std::move(std::get<std::unique_ptr<AnswerStream>>(outcome));
    if (wanted->stream)
        co_return streamed_completion(std::move(stream), wanted->include_usage, std::move(challenge));
    auto whole = whole_completion(std::move(stream), std::move(challenge));
    co_return co_await std::move(whole);
}

}  // namespace

void add_completion_routes(Router& router, ApiPartsPtr parts) {
    router.add("POST", "/v1/completions", {}, k_max_completion_body_bytes,
               [parts](HttpRequest request) { return complete(parts, std::move(request)); });
}

}  // namespace dure::node
