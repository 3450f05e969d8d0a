// Payments beside calls: vouchers for streams that wait, openings, top-ups and closings of channels.
#include "node/api/clock.h"
#include "node/api/encode.h"
#include "node/api/openai_errors.h"
#include "node/api/payment_gate.h"
#include "node/api/payment_problems.h"
#include "node/api/routes.h"

namespace dure::node {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

HttpResponse say(const ChannelStanding& standing, const PaymentCredential& credential) {
    PaymentReceipt receipt;
    receipt.intent = k_intent_session;
    receipt.challenge = credential.challenge.id;
    receipt.timestamp = rfc3339(unix_seconds());
    receipt.reference = standing.account.channel;
    receipt.spent = standing.account.spent;
    receipt.cumulative = standing.account.cumulative;
    receipt.transaction = standing.transaction;
    json::object body{{"channel", standing.account.channel.hex()}};
    put(body, "deposit", standing.deposit);
    put(body, "cumulative", standing.account.cumulative);
    put(body, "spent", standing.account.spent);
    put(body, "transaction", standing.transaction);
    HttpResponse response = respond(json::value(std::move(body)));
    response.headers.emplace_back("Payment-Receipt", encode_receipt(receipt));
    response.headers.emplace_back("Cache-Control", "private");
    return response;
}

asio::awaitable<PaymentDesk::Standing> apply(PaymentDesk& desk, const PaymentPayload& payload) {
    if (const auto* voucher = std::get_if<VoucherPayload>(&payload)) {
        auto raised = desk.raise({voucher->channel, voucher->cumulative, voucher->signature});
        co_return co_await std::move(raised);
    }
    if (const auto* close = std::get_if<ClosePayload>(&payload)) {
        auto closed = desk.close({close->channel, close->cumulative, close->signature});
        co_return co_await std::move(closed);
    }
    if (const auto* top_up = std::get_if<TopUpPayload>(&payload)) {
        auto added = desk.top_up(top_up->channel, top_up->transaction);
        co_return co_await std::move(added);
    }
    if (const auto* open = std::get_if<OpenPayload>(&payload)) {
        auto opening = desk.open_channel(open->transaction, open->cumulative, open->signature);
        const Result<Voucher> voucher = co_await std::move(opening);
        if (!voucher) co_return voucher.error();
        auto raised = desk.raise(*voucher);
        co_return co_await std::move(raised);
    }
    co_return Error{ErrorCode::invalid, "a charge pays for a call; send it with the call"};
}

asio::awaitable<HttpResponse> take(ApiPartsPtr parts, HttpRequest request) {
    if (parts->answer_server == nullptr) co_return sells_nothing();
    const PaymentGate gate(parts);
    const PaymentGate::Shown shown = gate.read_for_any_body(request);
    if (const auto* problem = std::get_if<Problem>(&shown)) co_return gate.ask({}, std::nullopt, *problem);
    if (const auto* credential = std::get_if<PaymentCredential>(&shown)) {
        auto managed = manage_channel(parts, *credential);
        co_return co_await std::move(managed);
    }
    co_return gate.ask(
        {}, std::nullopt,
        payment_problem("payment-required", "Payment required",
                        "send a voucher; its credential may carry this challenge for any call"));
}

}  // namespace

asio::awaitable<HttpResponse> manage_channel(ApiPartsPtr parts, const PaymentCredential& credential) {
    const PaymentGate gate(parts);
    auto applied = apply(parts->answer_server->payments(), credential.payload);
    const PaymentDesk::Standing standing = co_await std::move(applied);
    if (const auto* problem = std::get_if<VoucherProblem>(&standing))
        co_return gate.ask({}, std::nullopt, problem_of(*problem));
    if (const auto* error = std::get_if<Error>(&standing)) co_return gate.refuse({}, std::nullopt, *error);
    co_return say(std::get<ChannelStanding>(standing), credential);
}

HttpResponse sells_nothing() {
    return respond_openai(
        Error{ErrorCode::not_found, "this node does not sell answers; GET /v1/servers lists those that do"});
}

void add_payment_routes(Router& router, ApiPartsPtr parts) {
    router.add("POST", "/v1/payments/vouchers", {}, 0,
               [parts](HttpRequest request) { return take(parts, std::move(request)); });
}

}  // namespace dure::node
