// Signed receipts of answers: those that this server signed not long ago, and those that somebody reported to the chain.
#include "node/api/encode.h"
#include "node/api/pages.h"
#include "node/api/payment.h"
#include "node/api/routes.h"

namespace dure::node {

namespace json = boost::json;

namespace {

Result<Hash> wanted(const HttpRequest& request) {
    Result<Hash> id = Hash::from_hex(request.parameters.at("id"));
    if (!id) return with_context(id.error(), "receipt");
    return id;
}

HttpResponse inference(const ApiParts& parts, const HttpRequest& request) {
    const Result<Hash> id = wanted(request);
    if (!id) return respond(id.error());
    if (parts.answer_server == nullptr)
        return respond(
            Error{ErrorCode::not_found, "this node does not sell answers, so it signed no receipt"});
    const auto kept = parts.answer_server->receipt(*id);
    if (!kept) {
        return respond(Error{ErrorCode::not_found,
                             "receipt " + id->hex() + " was not signed here, or is too old to be kept"});
    }
    json::object body = to_json(*id, kept->receipt.statement);
    body["receipt"] = base64url_encode(as_text(encode(kept->receipt)));
    body["request"] = base64url_encode(as_text(encode(kept->request)));
    body["answer"] = base64url_encode(as_text(encode(kept->answer)));
    HttpResponse response = respond(json::value(std::move(body)));
    // Whoever knows the receipt's name reads the prompt.
    response.headers.emplace_back("Cache-Control", "no-store");
    return response;
}

HttpResponse reported(const ApiParts& parts, const HttpRequest& request) {
    const Result<Hash> id = wanted(request);
    if (!id) return respond(id.error());
    const auto found = ledger::receipt_case(parts.chain.state(), *id);
    if (!found)
        return respond(Error{ErrorCode::not_found,
                             "receipt " + id->hex() + " was never reported, or no committee decided"});
    return respond(json::value(to_json(ledger::ReceiptCaseView{*id, *found})));
}

HttpResponse all_reported(const ApiParts& parts, const HttpRequest& request) {
    const Result<PageRequest> page = page_of(request);
    if (!page) return respond(page.error());
    const Result<std::optional<Hash>> from = hash_cursor(*page);
    if (!from) return respond(from.error());
    return respond(json::value(page_json(
        ledger::receipt_cases(parts.chain.state(), *from, page->limit),
        [](const auto& one) { return to_json(one); }, [](const Hash& next) { return next.hex(); })));
}

}  // namespace

void add_inference_routes(Router& router, ApiPartsPtr parts) {
    const auto get = [&](const char* pattern, std::vector<std::string> query,
                         HttpResponse (*handler)(const ApiParts&, const HttpRequest&)) {
        router.add("GET", pattern, std::move(query), 0, at_once([parts, handler](const HttpRequest& request) {
                       return handler(*parts, request);
                   }));
    };
    get("/v1/inference/{id}", {}, inference);
    get("/v1/reported", {"limit", "cursor"}, all_reported);
    get("/v1/reported/{id}", {}, reported);
}

}  // namespace dure::node
