#include "node/api/api.h"

#include "base/quote.h"
#include "node/api/json_fields.h"
#include "node/api/routes.h"

namespace dure::node {

namespace {

Router routes_of(ApiParts parts) {
    const auto shared = std::make_shared<const ApiParts>(std::move(parts));
    Router router;
    add_chain_routes(router, shared);
    add_ledger_routes(router, shared);
    const auto state = [shared]() -> const ledger::StateReader& { return shared->chain.state(); };
    add_receipt_routes(router, state, shared->chain.genesis());
    add_block_routes(router, shared);
    add_epoch_routes(router, shared);
    add_change_routes(router, shared);
    add_explorer_routes(router, shared);
    add_blob_routes(router, shared);
    add_completion_routes(router, shared);
    add_payment_routes(router, shared);
    add_model_routes(router, shared);
    add_inference_routes(router, shared);
    add_operating_routes(router, shared);
    add_static_routes(router);
    return router;
}

}  // namespace

Api::Api(boost::asio::io_context& io, HttpServerConfig config, ApiParts parts)
    : explorer_(Explorer::open(io, parts.chain)),
      server_(io, std::move(config), routes_of(completed(std::move(parts)))) {}

ApiParts Api::completed(ApiParts parts) const {
    parts.explorer = explorer_;
    parts.http_counters = [this] { return server_.counters(); };
    parts.started = std::chrono::system_clock::now();
    return parts;
}

void Api::stop() {
    explorer_->stop();
    server_.stop();
}

}  // namespace dure::node
