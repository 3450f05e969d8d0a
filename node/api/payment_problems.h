// Why a payment is not taken, as problem documents (RFC 9457): with the types that the "Payment" scheme and its session
// drafts define where they fit, else with Dure's own. `code` is the type's last part.
#pragma once

#include <string>

#include "node/api/challenge_mint.h"
#include "node/api/http.h"
#include "node/roles/channel_book.h"

namespace dure::node {

/// A problem of the scheme itself: "payment-required", "malformed-credential", …
Problem payment_problem(const std::string& code, const std::string& title, const std::string& detail);

Problem problem_of(ChallengeFault fault);
/// Why decode_credential failed.
Problem credential_problem(const Error& error);
Problem problem_of(const VoucherProblem& problem);
/// A transaction in a credential that is refused, or whose effect failed.
Problem transaction_problem(const Error& error);

}  // namespace dure::node
