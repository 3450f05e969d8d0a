// For whoever keeps the node running: is it alive, is it ready, and its numbers.
#include "ledger/views.h"
#include "node/api/metrics.h"
#include "node/api/routes.h"

namespace dure::node {

namespace json = boost::json;

namespace {

/// Answering is proof enough.
HttpResponse alive(const HttpRequest&) {
    return respond(json::object{{"status", "ok"}});
}

/// Ready: it has caught up with what its peers know, and hears some, if the chain needs others; and a server has a model to
/// answer with.
HttpResponse ready(const ApiParts& parts) {
    const bool alone =
        parts.chain.voting() && ledger::validator_set(parts.chain.state()).validators.size() == 1;
    if (parts.chain.syncing()) {
        return respond(Error{ErrorCode::unavailable, "the node is catching up; it is at height " +
                                                         to_text(parts.chain.head().height)});
    }
    if (!alone && parts.peers.connected().empty()) {
        return respond(Error{ErrorCode::unavailable,
                             "no peer is connected; name some in peers.connect of the configuration"});
    }
    if (parts.answer_server != nullptr && parts.answer_server->model() == nullptr)
        return respond(Error{ErrorCode::unavailable, "the model that answers is not loaded yet"});
    return respond(json::object{{"status", "ok"}, {"height", parts.chain.head().height.value}});
}

HttpResponse metrics(const ApiParts& parts) {
    HttpResponse response;
    response.content_type = k_metrics_type;
    response.body = metrics_text(parts);
    return response;
}

}  // namespace

void add_operating_routes(Router& router, ApiPartsPtr parts) {
    router.add("GET", "/healthz", {}, 0, at_once(alive));
    router.add("GET", "/readyz", {}, 0, at_once([parts](const HttpRequest&) { return ready(*parts); }));
    router.add("GET", "/metrics", {}, 0, at_once([parts](const HttpRequest&) { return metrics(*parts); }));
}

}  // namespace dure::node
