// Paid answers: OpenAI's wire forms of /v1/completions and /v1/chat/completions, with payment by
// docs/protocol/payment.md.
#include "node/api/completion_body.h"
#include "node/api/completion_request.h"
#include "node/api/openai_errors.h"
#include "node/api/payment_gate.h"
#include "node/api/payment_problems.h"
#include "node/api/routes.h"

namespace dure::node {

namespace json = boost::json;
namespace asio = boost::asio;

namespace {

constexpr std::size_t k_max_completion_body_bytes = 256 * 1024;

using ReadRequest = Result<CompletionRequest> (*)(const json::object&);

/// One request on its way to its answer.
class Sale {
  public:
    Sale(ApiPartsPtr parts, HttpRequest request)
        : parts_(std::move(parts)), request_(std::move(request)), gate_(parts_) {}

    asio::awaitable<HttpResponse> answer(ReadRequest read) {
        const Result<json::object> body = parse_json_object(request_.body);
        if (!body) co_return respond_openai(body.error());
        Result<CompletionRequest> wanted = read(*body);
        if (!wanted) co_return respond_openai(wanted.error());
        wanted_ = std::move(*wanted);
        const PaymentGate::Shown shown = gate_.read(request_);
        const auto* credential = std::get_if<PaymentCredential>(&shown);
        if (credential != nullptr && !pays_a_call(credential->payload)) {
            auto managed = manage_channel(parts_, *credential);
            co_return co_await std::move(managed);
        }
        const bool is_voucher =
            credential != nullptr && std::holds_alternative<VoucherPayload>(credential->payload);
        if (!is_voucher) {
            // Nothing is taken for a call that would be refused anyway.
            auto asking = begin();
            AnswerServer::Outcome price = co_await std::move(asking);
            const auto* needed = std::get_if<PaymentNeeded>(&price);
            if (needed == nullptr) co_return refusal_of(price);
            price_ = needed->price;
            if (const auto* problem = std::get_if<Problem>(&shown))
                co_return gate_.ask(request_.body, price_, *problem);
            if (credential == nullptr) co_return refusal_of(price);
        }
        auto taking = take(*credential);
        if (const Status taken = co_await std::move(taking); !taken)
            co_return gate_.refuse(request_.body, price_, taken.error());
        auto beginning = begin();
        AnswerServer::Outcome outcome = co_await std::move(beginning);
        auto* const stream = std::get_if<std::unique_ptr<AnswerStream>>(&outcome);
        if (stream == nullptr) co_return refusal_of(outcome);
        AnswerForm form{wanted_.chat, wanted_.include_usage, credential->challenge.id};
        form.fresh_challenge = [gate = gate_] { return encode_challenge(gate.voucher_challenge()); };
        if (wanted_.stream) co_return streamed_completion(std::move(*stream), std::move(form));
        auto whole = whole_completion(std::move(*stream), std::move(form));
        co_return co_await std::move(whole);
    }

  private:
    static bool pays_a_call(const PaymentPayload& payload) {
        return std::holds_alternative<VoucherPayload>(payload) ||
               std::holds_alternative<OpenPayload>(payload) || std::holds_alternative<ChargePayload>(payload);
    }

    asio::awaitable<AnswerServer::Outcome> begin() { return parts_->answer_server->begin(wanted_.call); }

    /// Makes the credential the call's payment; brings onto the chain what must be there first.
    asio::awaitable<Status> take(const PaymentCredential& credential) {
        PaymentDesk& desk = parts_->answer_server->payments();
        if (const auto* voucher = std::get_if<VoucherPayload>(&credential.payload)) {
            wanted_.call.payment = Voucher{voucher->channel, voucher->cumulative, voucher->signature};
        } else if (const auto* open = std::get_if<OpenPayload>(&credential.payload)) {
            auto opening = desk.open_channel(open->transaction, open->cumulative, open->signature);
            const Result<Voucher> first = co_await std::move(opening);
            if (!first) co_return first.error();
            wanted_.call.payment = *first;
        } else {
            const auto terms = charge_terms(credential.challenge);
            if (!terms) co_return terms.error();
            const Bytes& transaction = std::get<ChargePayload>(credential.payload).transaction;
            auto charging = desk.take_charge(transaction, charged_call(credential.challenge), terms->amount);
            const Result<PaidCall> paid = co_await std::move(charging);
            if (!paid) co_return paid.error();
            wanted_.call.payment = *paid;
        }
        co_return Status();
    }

    HttpResponse refusal_of(const AnswerServer::Outcome& outcome) const {
        if (const auto* busy = std::get_if<TooManyCalls>(&outcome))
            return respond_openai(Problem{429, "too_many_calls", "Too many calls", busy->message, {}});
        if (const auto* error = std::get_if<Error>(&outcome)) {
            if (error->code == ErrorCode::duplicate) return gate_.refuse(request_.body, price_, *error);
            return respond_openai(*error);
        }
        const auto& needed = std::get<PaymentNeeded>(outcome);
        if (needed.problem) return gate_.ask(request_.body, needed.price, problem_of(*needed.problem));
        return gate_.ask(request_.body, needed.price,
                         payment_problem("payment-required", "Payment required",
                                         "this call costs up to " + to_text(needed.price.cost_max) +
                                             " DURE; open a channel to " + parts_->account.address() +
                                             " and send a voucher (docs/protocol/payment.md)"));
    }

    ApiPartsPtr parts_;
    HttpRequest request_;
    PaymentGate gate_;
    CompletionRequest wanted_;
    std::optional<CallPrice> price_;
};

asio::awaitable<HttpResponse> answer(ApiPartsPtr parts, HttpRequest request, ReadRequest read) {
    if (parts->answer_server == nullptr) co_return sells_nothing();
    Sale sale(std::move(parts), std::move(request));
    auto answered = sale.answer(read);
    co_return co_await std::move(answered);
}

}  // namespace

void add_completion_routes(Router& router, ApiPartsPtr parts) {
    const auto add = [&](const char* path, ReadRequest read) {
        router.add("POST", path, {}, k_max_completion_body_bytes,
                   [parts, read](HttpRequest request) { return answer(parts, std::move(request), read); });
    };
    add("/v1/completions", read_completion_request);
    add("/v1/chat/completions", read_chat_request);
}

}  // namespace dure::node
