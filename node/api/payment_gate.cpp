#include "node/api/payment_gate.h"

#include "ledger/views.h"
#include "node/api/challenge_mint.h"
#include "node/api/clock.h"
#include "node/api/openai_errors.h"
#include "node/api/payment_problems.h"

namespace dure::node {

namespace {

/// So many calls of full length is a channel that one opens worth.
constexpr std::uint64_t k_calls_per_deposit = 20;

}  // namespace

PaymentGate::Shown PaymentGate::read_for_any_body(const HttpRequest& request) const {
    if (!is_payment(request.authorization)) return std::monostate();
    Result<PaymentCredential> credential = decode_credential(request.authorization);
    if (!credential) return credential_problem(credential.error());
    const PaymentChallenge& challenge = credential->challenge;
    if (challenge.method != k_payment_method) {
        Problem problem = payment_problem("method-unsupported", "Payment method not taken",
                                          "this server takes the method 'dure' only");
        problem.status = 400;
        return problem;
    }
    if (const auto fault = parts_->challenges->check(challenge, unix_seconds())) {
        const bool paid_in_time = *fault == ChallengeFault::expired && is_final(credential->payload);
        if (!paid_in_time) return problem_of(*fault);
    }
    return std::move(*credential);
}

/// A charge whose transaction is on the chain has been paid, however old its challenge is.
bool PaymentGate::is_final(const PaymentPayload& payload) const {
    const auto* charge = std::get_if<ChargePayload>(&payload);
    if (charge == nullptr) return false;
    const auto transaction = decode<protocol::Transaction>(charge->transaction);
    return transaction && parts_->chain.transaction(protocol::transaction_id(*transaction)).has_value();
}

PaymentGate::Shown PaymentGate::read(const HttpRequest& request) const {
    Shown shown = read_for_any_body(request);
    if (const auto* credential = std::get_if<PaymentCredential>(&shown)) {
        const std::string& digest = credential->challenge.digest;
        if (!digest.empty() && digest != body_digest(request.body))
            return problem_of(ChallengeFault::other_body);
    }
    return shown;
}

PaymentChallenge PaymentGate::session(const CallPrice& price, std::string digest) const {
    Coin deposit = price.cost_max;
    for (std::uint64_t i = 1; i < k_calls_per_deposit; ++i)
        deposit = checked_add(deposit, price.cost_max).value_or(deposit);
    const SessionTerms terms{
        parts_->chain.chain_id(), parts_->account, price.input_token, price.output_token, price.cost_start,
        price.cost_max,           deposit};
    return parts_->challenges->issue(k_intent_session, encode_terms(terms), std::move(digest),
                                     unix_seconds());
}

PaymentChallenge PaymentGate::voucher_challenge() const {
    CallPrice price;
    if (const auto self = ledger::peer(parts_->chain.state(), parts_->account)) {
        price.input_token = self->record.price_per_input_token;
        price.output_token = self->record.price_per_output_token;
    }
    return session(price, {});
}

PaymentChallenge PaymentGate::charge(const CallPrice& price, std::string digest) const {
    const ChargeTerms terms{parts_->chain.chain_id(), parts_->account, price.cost_max};
    return parts_->challenges->issue(k_intent_charge, encode_terms(terms), std::move(digest), unix_seconds());
}

HttpResponse PaymentGate::ask(std::string_view body, const std::optional<CallPrice>& price,
                              const Problem& problem) const {
    const std::string digest = price ? body_digest(body) : std::string();
    const PaymentChallenge challenge = price ? session(*price, digest) : voucher_challenge();
    Problem said = problem;
    said.extra["challengeId"] = challenge.id;
    HttpResponse response = respond_openai(said);
    response.headers.emplace_back("WWW-Authenticate", encode_challenge(challenge));
    if (price && !price->cost_max.is_zero())
        response.headers.emplace_back("WWW-Authenticate", encode_challenge(charge(*price, digest)));
    response.headers.emplace_back("Cache-Control", "no-store");
    return response;
}

HttpResponse PaymentGate::refuse(std::string_view body, const std::optional<CallPrice>& price,
                                 const Error& error) const {
    if (error.code == ErrorCode::unavailable || error.code == ErrorCode::conflict ||
        error.code == ErrorCode::io || error.code == ErrorCode::internal)
        return respond_openai(error);
    if (error.code == ErrorCode::duplicate) {
        return ask(body, price,
                   payment_problem("invalid-challenge", "The challenge was used before", error.message));
    }
    return ask(body, price, transaction_problem(error));
}

}  // namespace dure::node
