#include "tools/dure/paying/wire.h"

#include <boost/json.hpp>

#include "ledger/records/channel.h"
#include "node/api/payment.h"
#include "tools/dure/api.h"

namespace dure::tools {

namespace json = boost::json;

Result<CallTerms> read_terms(const HttpResponse& answer) {
    std::vector<std::string> headers;
    for (const auto& [name, value] : answer.headers) {
        if (name == "www-authenticate") headers.push_back(value);
    }
    DURE_TRY(node::PaymentChallenge challenge, node::find_challenge(headers, node::k_intent_session));
    DURE_TRY(const node::SessionTerms terms, node::session_terms(challenge));
    return CallTerms{
        terms.chain_id,      terms.server,       {terms.price_per_input_token, terms.price_per_output_token},
        terms.minimum_cover, terms.maximum_cost, std::move(challenge)};
}

PaymentProblem read_problem(std::string_view body) {
    boost::system::error_code bad;
    const json::value value = json::parse(body, bad);
    PaymentProblem problem;
    if (bad) return problem;
    problem.code = text_at(value, "code");
    if (problem.code.empty()) {
        const std::string type = text_at(value, "type");
        problem.code = type.substr(type.rfind('/') + 1);
    }
    problem.detail = text_at(value, "detail");
    if (find_at(value, "needed") != nullptr) problem.needed = Coin{number_at(value, "needed")};
    return problem;
}

node::VoucherPayload make_voucher(const SecretKey& payer, const Hash& chain_id, const Hash& channel,
                                  Coin cumulative) {
    return {channel, cumulative, payer.sign(ledger::voucher_digest(chain_id, channel, cumulative))};
}

}  // namespace dure::tools
