// Which models there are to ask, in OpenAI's wire form: one, the newest checkpoint.
#include "base/quote.h"
#include "node/api/clock.h"
#include "node/api/encode.h"
#include "node/api/openai_errors.h"
#include "node/api/routes.h"

namespace dure::node {

namespace json = boost::json;

namespace {

constexpr const char* k_model = "dure";
constexpr std::size_t k_max_embedding_body_bytes = 256 * 1024;

json::object model_json(const ApiParts& parts, std::int64_t created) {
    json::object model{
        {"id", k_model}, {"object", "model"}, {"created", created}, {"owned_by", "its contributors"}};
    if (const AnswerModel* const answering = parts.answer_server->model()) {
        model["checkpoint_root"] = answering->record.root.hex();
        model["checkpoint_round"] = answering->record.round.value;
        model["context_window"] = answering->checkpoint->config.max_sequence;
    }
    model["max_output_tokens"] = parts.answer_server->config().max_tokens_per_call;
    if (const auto self = ledger::peer(parts.chain.state(), parts.account)) {
        put(model, "price_per_input_token", self->record.price_per_input_token);
        put(model, "price_per_output_token", self->record.price_per_output_token);
    }
    return model;
}

HttpResponse no_embeddings() {
    return respond_openai(
        Problem{404,
                "no_embeddings",
                "No embeddings",
                "this server makes no embeddings: its model is trained to go on with a text, "
                "and nothing shows that its inner states would serve to compare texts",
                {}});
}

}  // namespace

void add_model_routes(Router& router, ApiPartsPtr parts) {
    const std::int64_t created = unix_seconds();
    router.add("GET", "/v1/models", {}, 0, at_once([parts, created](const HttpRequest&) {
                   if (parts->answer_server == nullptr) return sells_nothing();
                   json::array models;
                   models.push_back(model_json(*parts, created));
                   return respond(json::value(json::object{{"object", "list"}, {"data", std::move(models)}}));
               }));
    router.add("GET", "/v1/models/{model}", {}, 0, at_once([parts, created](const HttpRequest& request) {
                   if (parts->answer_server == nullptr) return sells_nothing();
                   const std::string& name = request.parameters.at("model");
                   if (name == k_model) return respond(json::value(model_json(*parts, created)));
                   return respond_openai(Problem{404,
                                                 "model_not_found",
                                                 "No such model",
                                                 "there is no model " + quote(name) + " here; there is '" +
                                                     k_model + "', the newest checkpoint",
                                                 {}});
               }));
    router.add("POST", "/v1/embeddings", {}, k_max_embedding_body_bytes,
               at_once([](const HttpRequest&) { return no_embeddings(); }));
}

}  // namespace dure::node
