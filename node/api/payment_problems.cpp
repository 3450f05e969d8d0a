#include "node/api/payment_problems.h"

#include "node/api/encode.h"

namespace dure::node {

namespace {

constexpr const char* k_scheme_problems = "https://paymentauth.org/problems/";
constexpr const char* k_session_problems = "https://paymentauth.org/problems/session/";

struct Kind {
    const char* base;  ///< none: Dure's own
    const char* code;
    const char* title;
};

Kind kind_of(VoucherRefusal refusal) {
    switch (refusal) {
        case VoucherRefusal::channel_unknown:
            return {k_session_problems, "channel-not-found", "Unknown channel"};
        case VoucherRefusal::wrong_server:
            return {nullptr, "wrong-server", "The channel pays another server"};
        case VoucherRefusal::channel_closing:
            return {k_session_problems, "channel-finalized", "The channel is being closed"};
        case VoucherRefusal::bad_signature:
            return {k_session_problems, "invalid-signature", "The voucher's signature does not verify"};
        case VoucherRefusal::over_deposit:
            return {k_session_problems, "amount-exceeds-deposit",
                    "The voucher promises more than the deposit"};
        case VoucherRefusal::voucher_lowered:
            return {nullptr, "voucher-lowered", "The voucher is lower than an earlier one"};
        case VoucherRefusal::voucher_replayed:
            return {nullptr, "voucher-replayed", "The voucher was used before"};
        case VoucherRefusal::not_enough_cover:
            return {k_session_problems, "insufficient-balance", "The voucher does not cover the call"};
    }
    return {k_scheme_problems, "verification-failed", "Payment refused"};
}

}  // namespace

Problem payment_problem(const std::string& code, const std::string& title, const std::string& detail) {
    return {402, code, title, detail, {}, k_scheme_problems + code};
}

Problem problem_of(ChallengeFault fault) {
    switch (fault) {
        case ChallengeFault::expired:
            return payment_problem("payment-expired", "The challenge has expired",
                                   "the credential's challenge is too old; take the fresh one");
        case ChallengeFault::other_body:
            return payment_problem("invalid-challenge", "The challenge is for another request",
                                   "the credential's challenge was issued for another body than this one; "
                                   "take the fresh one");
        case ChallengeFault::foreign:
            break;
    }
    return payment_problem("invalid-challenge", "Unknown challenge",
                           "the credential's challenge was not issued here, or was changed; take the fresh "
                           "one");
}

Problem credential_problem(const Error& error) {
    if (error.code == ErrorCode::invalid)
        return payment_problem("invalid-payload", "The payload does not fit", error.message);
    return payment_problem("malformed-credential", "Malformed payment credential", error.message);
}

Problem problem_of(const VoucherProblem& problem) {
    const Kind kind = kind_of(problem.refusal);
    Problem made{402, kind.code, kind.title, problem.message, {}};
    if (kind.base != nullptr) made.type = std::string(kind.base) + kind.code;
    if (problem.needed) put(made.extra, "needed", *problem.needed);
    if (problem.cumulative) put(made.extra, "cumulative", *problem.cumulative);
    if (problem.spent) put(made.extra, "spent", *problem.spent);
    return made;
}

Problem transaction_problem(const Error& error) {
    return payment_problem("verification-failed", "The transaction is refused", error.message);
}

}  // namespace dure::node
