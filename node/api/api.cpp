#include "node/api/api.h"

#include "base/quote.h"
#include "node/api/json_fields.h"
#include "node/api/routes.h"

namespace dure::node {

namespace {

Router routes_of(ApiParts parts, std::shared_ptr<Explorer> explorer) {
    parts.explorer = std::move(explorer);
    const auto shared = std::make_shared<const ApiParts>(std::move(parts));
    Router router;
    add_chain_routes(router, shared);
    add_ledger_routes(router, shared);
    const auto state = [shared]() -> const ledger::StateReader& { return shared->chain.state(); };
    add_receipt_routes(router, state, shared->chain.genesis());
    add_block_routes(router, shared);
    add_explorer_routes(router, shared);
    add_blob_routes(router, shared);
    add_completion_routes(router, shared);
    add_payment_routes(router, shared);
    add_model_routes(router, shared);
    add_inference_routes(router, shared);
    add_static_routes(router);
    return router;
}

}  // namespace

Api::Api(boost::asio::io_context& io, HttpServerConfig config, ApiParts parts)
    : explorer_(Explorer::open(io, parts.chain)),
      server_(io, std::move(config), routes_of(std::move(parts), explorer_)) {}

void Api::stop() {
    explorer_->stop();
    server_.stop();
}

}  // namespace dure::node
