#include "node/api/payment_gate.h"

#include "ledger/views.h"
#include "node/api/challenge_mint.h"
#include "node/api/clock.h"
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
    if (const auto fault = parts_->challenges->check(challenge, unix_seconds())) return problem_of(*fault);
    return std::move(*credential);
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

HttpResponse PaymentGate::ask(std::string_view body, const std::optional<CallPrice>& price,
                              const Problem& problem) const {
    const PaymentChallenge challenge = price ? session(*price, body_digest(body)) : voucher_challenge();
    Problem said = problem;
    said.extra["challengeId"] = challenge.id;
    HttpResponse response = respond(said);
    response.headers.emplace_back("WWW-Authenticate", encode_challenge(challenge));
    response.headers.emplace_back("Cache-Control", "no-store");
    return response;
}

}  // namespace dure::node
