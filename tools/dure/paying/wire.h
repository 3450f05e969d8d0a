// What payer and server say to each other about money, as values: the one place of the paying side that knows the wire form
// (node/api/payment.h, docs/protocol/payment.md).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/keys.h"
#include "base/result.h"
#include "node/api/payment.h"
#include "tools/dure/http_client.h"
#include "tools/dure/paying/till.h"

namespace dure::tools {

/// What a server asks for one call: from its 402.
struct CallTerms {
    Hash chain_id;
    Account server;
    TokenPrices prices;
    Coin minimum_cover;  ///< by how much the voucher must exceed what is spent for the call to begin
    Coin maximum_cost;   ///< what it may cost in all
    node::PaymentChallenge challenge;
};

/// Errors: `malformed` (no challenge that can be read), `invalid` (another method).
Result<CallTerms> read_terms(const HttpResponse& answer);

/// Why a voucher was refused, or a stream waits.
struct PaymentProblem {
    std::string code;  ///< the last part of the problem's type
    std::string detail;
    std::optional<Coin> needed;  ///< a voucher of so much would do
};
PaymentProblem read_problem(std::string_view body);

/// The voucher for so much in all.
node::VoucherPayload make_voucher(const SecretKey& payer, const Hash& chain_id, const Hash& channel,
                                  Coin cumulative);

}  // namespace dure::tools
