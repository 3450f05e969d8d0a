// Payments beside calls: a challenge for vouchers of no particular call.
#include "node/api/payment_gate.h"
#include "node/api/payment_problems.h"
#include "node/api/routes.h"

namespace dure::node {

namespace {

HttpResponse take(const ApiPartsPtr& parts, const HttpRequest& request) {
    if (parts->answer_server == nullptr) {
        return respond(Error{ErrorCode::not_found,
                             "this node does not sell answers; GET /v1/servers lists those that do"});
    }
    const PaymentGate gate(parts);
    const PaymentGate::Shown shown = gate.read_for_any_body(request);
    if (const auto* problem = std::get_if<Problem>(&shown)) return gate.ask({}, std::nullopt, *problem);
    return gate.ask({}, std::nullopt,
                    payment_problem("payment-required", "Payment required",
                                    "send a voucher; its credential may carry this challenge for any call"));
}

}  // namespace

void add_payment_routes(Router& router, ApiPartsPtr parts) {
    router.add("POST", "/v1/payments/vouchers", {}, 0,
               at_once([parts](const HttpRequest& request) { return take(parts, request); }));
}

}  // namespace dure::node
