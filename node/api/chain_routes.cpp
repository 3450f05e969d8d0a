// Where the node and its chain stand, blocks, and transactions.
#include "ledger/execution.h"
#include "ledger/records/genesis.h"
#include "ledger/records/tables.h"
#include "ledger/views.h"
#include "node/api/encode.h"
#include "node/api/explorer.h"
#include "node/api/json_fields.h"
#include "node/api/payload_json.h"
#include "node/api/routes.h"
#include "trainer/model/config.h"

namespace dure::node {

namespace json = boost::json;
namespace asio = boost::asio;

namespace {

constexpr std::size_t k_max_transactions_body_bytes = 4 * 1024 * 1024;
constexpr std::size_t k_max_transactions_at_once = 10'000;

/// How many parameters the model has in each generation that genesis plans.
std::uint64_t parameter_count(const ledger::Genesis& genesis, std::uint64_t generation) {
    const ledger::TrainerConfig& encoding = generation == 0
                                                ? genesis.model.architecture
                                                : genesis.model.generations.at(generation - 1).architecture;
    const auto config = decode<trainer::ModelConfig>(encoding);
    return config ? config->parameter_count() : 0;
}

HttpResponse status(const ApiParts& parts, const HttpRequest&) {
    const ledger::StateReader& state = parts.chain.state();
    const Head head = parts.chain.head();
    const ledger::CheckpointRecord checkpoint = ledger::head(state).checkpoint;
    json::object body;
    body["chain_id"] = parts.chain.chain_id().hex();
    body["chain_name"] = static_cast<const std::string&>(parts.chain.genesis().chain_name);
    body["height"] = head.height.value;
    body["block_hash"] = head.block.hex();
    body["state_root"] = parts.chain.state_root().hex();
    body["round"] = live_round_json(state);
    body["rounds_finished"] = ledger::head(state).finished.value;
    body["rounds_decided"] = parts.explorer->rounds().decided();
    body["tokens_trained"] = parts.explorer->rounds().points().back().tokens_trained;
    body["owners"] = parts.explorer->owners().size();
    const auto pace = parts.explorer->blocks_per_second();
    body["blocks_per_second"] = pace ? json::value(*pace) : json::value(nullptr);
    body["checkpoint_root"] = checkpoint.root.hex();
    body["checkpoint_blob"] = checkpoint.blob.hex();
    body["tokenizer_blob"] = parts.chain.genesis().model.tokenizer_blob.hex();
    body["checkpoint_round"] = checkpoint.round.value;
    body["held_out_loss"] = checkpoint.held_out_loss;
    body["generation"] = checkpoint.generation.value;
    body["parameters"] = parameter_count(parts.chain.genesis(), checkpoint.generation.value);
    const auto next = ledger::Generations::find(state, checkpoint.generation.next());
    body["grows_at_tokens"] = next ? json::value(next->admitted_tokens) : json::value(nullptr);
    body["admitted_tokens"] = ledger::data_totals(state).tokens;
    body["peers"] = parts.peers.connected().size();
    body["address"] = parts.account.address();
    json::array roles;
    for (const std::string& role : parts.roles)
        roles.emplace_back(role);
    body["roles"] = std::move(roles);
    body["device"] = parts.device;
    body["voting"] = parts.chain.voting();
    body["syncing"] = parts.chain.syncing();
    body["protocol_version"] = ledger::protocol_version(state);
    const std::string warning = parts.chain.upgrade_warning();
    body["upgrade_needed"] = warning.empty() ? json::value(nullptr) : json::value(warning);
    body["pending_transactions"] = parts.chain.counters().pending;
    put(body, "shares_total", ledger::supply(state).shares);
    body["fees_settled"] = to_text(ledger::Treasury::get(state).channel_settled.number());
    if (parts.contributor != nullptr) {
        const ContributorCounters counters = parts.contributor->counters();
        const auto working_on = parts.contributor->working_on();
        body["work"] =
            json::object{{"working_on", working_on ? json::value(*working_on) : json::value(nullptr)},
                         {"units_trained", counters.units_trained},
                         {"units_audited", counters.units_audited},
                         {"shards_scored", counters.shards_scored},
                         {"checkpoints_merged", counters.checkpoints_merged},
                         {"tokens_trained", counters.tokens_trained},
                         {"train_milliseconds", counters.train_milliseconds},
                         {"failures", counters.failures}};
    }
    return respond(json::value(std::move(body)));
}

HttpResponse block(const ApiParts& parts, const HttpRequest& request) {
    const std::string& wanted = request.parameters.at("height");
    protocol::Height height = parts.chain.head().height;
    if (wanted != "latest") {
        const Result<std::uint64_t> number = parse_number(wanted);
        if (!number)
            return respond(with_context(number.error(), "a block is named by its height or 'latest'"));
        height = {*number};
    }
    const Result<protocol::Block> found = parts.chain.block(height);
    if (!found) return respond(found.error());
    json::object body = to_json(found->header);
    json::array transactions;
    for (const protocol::Transaction& transaction : found->transactions)
        transactions.push_back(to_json(transaction));
    body["transactions"] = std::move(transactions);
    return respond(json::value(std::move(body)));
}

HttpResponse transaction(const ApiParts& parts, const HttpRequest& request) {
    const Result<Hash> id = Hash::from_hex(request.parameters.at("id"));
    if (!id) return respond(with_context(id.error(), "transaction id"));
    const auto record = parts.chain.transaction(*id);
    if (!record) {
        if (parts.chain.is_pending(*id))
            return respond(json::object{{"id", id->hex()}, {"status", "pending"}});
        return respond(Error{ErrorCode::not_found,
                             "transaction " + id->hex() + " is neither final nor waiting at this node"});
    }
    json::object body{{"id", id->hex()},
                      {"status", "final"},
                      {"height", record->height.value},
                      {"position", record->position},
                      {"ok", record->ok}};
    if (!record->ok) {
        body["code"] = static_cast<const std::string&>(record->code);
        body["message"] = static_cast<const std::string&>(record->message);
    }
    if (const Result<protocol::Block> holder = parts.chain.block(record->height);
        holder && record->position < holder->transactions.size()) {
        const protocol::Transaction& carried = holder->transactions[record->position];
        body["transaction"] = to_json(carried);
        body["details"] = payload_json(carried);
    }
    return respond(json::value(std::move(body)));
}

Result<protocol::Transaction> read_transaction(const json::value& value) {
    if (!value.is_string())
        return Error{ErrorCode::malformed, "a transaction is a text of hexadecimal digits"};
    DURE_TRY(const Bytes bytes, from_hex({value.get_string().data(), value.get_string().size()}));
    return decode<protocol::Transaction>(bytes);
}

asio::awaitable<HttpResponse> submit_one(ApiPartsPtr parts, const json::value& value) {
    Result<protocol::Transaction> transaction = read_transaction(value);
    if (!transaction) co_return respond(with_context(transaction.error(), "transaction"));
    const Hash id = transaction_id(*transaction);
    const Status status = co_await parts->chain.submit(std::move(*transaction));
    if (!status) co_return respond(status.error());
    co_return respond(json::object{{"id", id.hex()}, {"status", "pending"}}, 202);
}

asio::awaitable<HttpResponse> submit_many(ApiPartsPtr parts, const json::array& values) {
    std::vector<protocol::Transaction> transactions;
    json::array results;
    for (const json::value& value : values) {
        Result<protocol::Transaction> transaction = read_transaction(value);
        if (!transaction) {
            co_return respond(with_context(
                transaction.error(),
                "transaction " + std::to_string(transactions.size()) + " of the list; none was submitted"));
        }
        results.push_back(json::object{{"id", transaction_id(*transaction).hex()}});
        transactions.push_back(std::move(*transaction));
    }
    const std::vector<Status> statuses = co_await parts->chain.submit(std::move(transactions));
    for (std::size_t i = 0; i < statuses.size(); ++i) {
        json::object& result = results[i].get_object();
        result["status"] = statuses[i] ? "pending" : "refused";
        if (!statuses[i]) {
            result["code"] = name_of(statuses[i].error().code);
            result["message"] = statuses[i].error().message;
        }
    }
    co_return respond(json::object{{"results", std::move(results)}});
}

asio::awaitable<HttpResponse> submit(ApiPartsPtr parts, HttpRequest request) {
    const Result<json::object> body = parse_json_object(request.body);
    if (!body) co_return respond(body.error());
    JsonFields fields(*body);
    const bool many = fields.has("transactions");
    const Result<const json::value*> value = fields.any(many ? "transactions" : "transaction");
    if (!value) co_return respond(value.error());
    if (const Status known = fields.finish(); !known) co_return respond(known.error());
    if (!many) co_return co_await submit_one(parts, **value);
    if (!(*value)->is_array())
        co_return respond(Error{ErrorCode::malformed, "'transactions' must be a list"});
    const json::array& list = (*value)->get_array();
    if (list.size() > k_max_transactions_at_once) {
        co_return respond(Error{
            ErrorCode::out_of_range,
            "at most " + std::to_string(k_max_transactions_at_once) + " transactions are taken at once"});
    }
    co_return co_await submit_many(parts, list);
}

}  // namespace

void add_chain_routes(Router& router, ApiPartsPtr parts) {
    router.add("GET", "/v1/status", {}, 0,
               at_once([parts](const HttpRequest& request) { return status(*parts, request); }));
    router.add("GET", "/v1/blocks/{height}", {}, 0,
               at_once([parts](const HttpRequest& request) { return block(*parts, request); }));
    router.add("GET", "/v1/transactions/{id}", {}, 0,
               at_once([parts](const HttpRequest& request) { return transaction(*parts, request); }));
    router.add("POST", "/v1/transactions", {}, k_max_transactions_body_bytes,
               [parts](HttpRequest request) { return submit(parts, std::move(request)); });
}

}  // namespace dure::node
