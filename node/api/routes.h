// The API's routes by subject, and what their handlers have in common.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "node/api/api.h"
#include "node/api/http.h"
#include "node/api/payment.h"
#include "node/api/router.h"

namespace dure::node {

using ApiPartsPtr = std::shared_ptr<const ApiParts>;

void add_chain_routes(Router& router, ApiPartsPtr parts);  // status, blocks, transactions
void add_ledger_routes(
    Router& router,
    ApiPartsPtr parts);  // accounts, owners, rounds, shards, channels, servers, pool, settlements
/// The state that a question is answered from, valid while it is being answered.
using StateSource = std::function<const ledger::StateReader&()>;
void add_receipt_routes(Router& router, StateSource state,
                        const ledger::Genesis& genesis);      // receipts, earnings, raw records, genesis
void add_block_routes(Router& router, ApiPartsPtr parts);     // lists of blocks and of final transactions
void add_change_routes(Router& router, ApiPartsPtr parts);    // parameters, and votes on them
void add_epoch_routes(Router& router, ApiPartsPtr parts);     // validators, and how epochs ended
void add_explorer_routes(Router& router, ApiPartsPtr parts);  // the rounds' series, live events, search
void add_static_routes(Router& router);                       // the page
void add_blob_routes(Router& router, ApiPartsPtr parts);
void add_completion_routes(Router& router, ApiPartsPtr parts);
void add_payment_routes(Router& router, ApiPartsPtr parts);  // vouchers, openings, top-ups, closings
void add_model_routes(Router& router, ApiPartsPtr parts);
void add_inference_routes(Router& router, ApiPartsPtr parts);  // receipts of answers
void add_operating_routes(Router& router, ApiPartsPtr parts);  // health and metrics

/// A channel's management by a credential that pays for no call; /v1/completions takes it too.
boost::asio::awaitable<HttpResponse> manage_channel(ApiPartsPtr parts, const PaymentCredential& credential);
/// For a node that sells no answers.
HttpResponse sells_nothing();

/// Wraps a handler that needs no waiting.
template <class F>
HttpHandler at_once(F f) {
    return [f = std::move(f)](HttpRequest request) -> boost::asio::awaitable<HttpResponse> {
        co_return f(request);
    };
}

}  // namespace dure::node
