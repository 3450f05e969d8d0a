#include "tests/tools/paying/fake_market.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json.hpp>
#include <stdexcept>

#include "base/protocol/transaction.h"
#include "ledger/transactions/payload.h"
#include "tools/dure/api.h"

namespace dure::test {

namespace json = boost::json;
namespace asio = boost::asio;
using node::HttpRequest;
using node::HttpResponse;
using node::respond;

namespace {

constexpr std::uint64_t k_input_tokens = 2;
constexpr std::uint64_t k_output_tokens = 3;
const std::vector<std::string> k_words = {"one ", "two ", "three"};

node::HttpHandler at_once(std::function<HttpResponse(HttpRequest)> answer) {
    return [answer](HttpRequest request) -> asio::awaitable<HttpResponse> {
        co_return answer(std::move(request));
    };
}

HttpResponse problem(unsigned status, const std::string& code, json::object extra = {}) {
    return respond(node::Problem{status, code, code, "the fake server says " + code, std::move(extra), {}});
}

std::string chunk(const std::string& text, const std::string& receipt = {}) {
    json::object object{{"choices", json::array{json::object{{"index", 0}, {"text", text}}}}};
    if (!receipt.empty()) object["payment_receipt"] = receipt;
    return "data: " + json::serialize(object) + "\n\n";
}

/// A stream by its script.
class ScriptedStream final : public node::BodySource {
  public:
    ScriptedStream(asio::io_context& io, FakeServer& server, Script script)
        : io_(io), server_(server), script_(script) {}

    asio::awaitable<std::optional<std::string>> next() override {
        const std::size_t at = at_++;
        if (at == 0 && script_ == Script::break_before) throw std::runtime_error("as scripted");
        if (at == 1 && script_ == Script::break_middle) throw std::runtime_error("as scripted");
        if (at == 1 && script_ == Script::pause) {
            const Coin before = server_.cumulative;
            const Coin needed = before + Coin{1};
            waiting_for_ = needed;
            co_return "event: payment-needed\ndata: " +
                json::serialize(json::object{{"requiredCumulative", std::to_string(needed.value)}}) + "\n\n";
        }
        if (waiting_for_) {
            asio::steady_timer pause(io_);
            for (int turns = 0; server_.cumulative < *waiting_for_ && turns < 1'000; ++turns) {
                pause.expires_after(std::chrono::milliseconds(2));
                co_await pause.async_wait(asio::use_awaitable);
            }
            if (server_.cumulative < *waiting_for_)
                server_.wrongs.push_back("no voucher came for a stream that waits");
            waiting_for_.reset();
        }
        if (word_ < k_words.size()) co_return chunk(k_words[word_++]);
        if (std::exchange(ended_, true)) co_return std::nullopt;
        if (script_ == Script::no_receipt) co_return "data: [DONE]\n\n";
        co_return chunk("", receipt()) + "data: [DONE]\n\n";
    }

  private:
    std::string receipt() {
        const Coin cost{(k_input_tokens + k_output_tokens) * server_.price.value};
        node::PaymentReceipt receipt = server_.receipt(cost, k_output_tokens);
        if (script_ == Script::overcharge) {
            receipt.cost += Coin{1};
            receipt.spent += Coin{1};
        }
        if (script_ == Script::overclaim) receipt.spent += Coin{1};
        return node::encode_receipt(receipt);
    }

    asio::io_context& io_;
    FakeServer& server_;
    const Script script_;
    std::size_t at_ = 0;
    std::size_t word_ = 0;
    std::optional<Coin> waiting_for_;
    bool ended_ = false;
};

}  // namespace

FakeChain::FakeChain(asio::io_context& io) {
    node::Router router;
    router.add("GET", "/v1/status", {}, 0, at_once([this](const HttpRequest&) {
                   return respond(json::value{{"chain_id", id.hex()},
                                              {"height", height},
                                              {"address", SecretKey::from_seed("node").account().address()},
                                              {"roles", json::array{"validator"}}});
               }));
    router.add(
        "GET", "/v1/servers", {"limit", "cursor"}, 0, at_once([this](const HttpRequest&) {
            json::array list;
            for (const FakeServer* server : servers) {
                list.push_back({{"address", server->account.address()},
                                {"service", server->url()},
                                {"price_per_input_token", std::to_string(server->registered_price.value)},
                                {"price_per_output_token", std::to_string(server->registered_price.value)}});
            }
            return respond(json::value{{"items", std::move(list)}, {"next", nullptr}});
        }));
    router.add("GET", "/v1/accounts/{address}", {}, 0, at_once([this](const HttpRequest& request) {
                   const auto account = Account::from_address(request.parameters.at("address"));
                   return respond(json::value{{"next_nonce", nonces_[*account]}});
               }));
    router.add("GET", "/v1/channels/{id}", {}, 0, at_once([this](const HttpRequest& request) {
                   const auto found = channels.find(*Hash::from_hex(request.parameters.at("id")));
                   if (found == channels.end()) return problem(404, "not_found");
                   return respond(json::value{{"deposit", std::to_string(found->second.deposit.value)},
                                              {"withdrawable", nullptr}});
               }));
    router.add("GET", "/v1/transactions/{id}", {}, 0, at_once([this](const HttpRequest& request) {
                   const auto found = final_.find(*Hash::from_hex(request.parameters.at("id")));
                   if (found == final_.end()) return problem(404, "not_found");
                   return respond(json::value{{"status", "final"}, {"ok", true}});
               }));
    router.add(
        "POST", "/v1/transactions", {}, 1 << 20, at_once([this](const HttpRequest& request) {
            const json::value body = json::parse(request.body);
            const auto transaction =
                decode<protocol::Transaction>(*from_hex(tools::text_at(body, "transaction")));
            const auto payload = decode<ledger::Payload>(transaction->body.payload);
            if (transaction->body.nonce != nonces_[transaction->body.sender]) return problem(409, "conflict");
            ++nonces_[transaction->body.sender];
            if (swallows_transactions) return respond(json::value{{"status", "pending"}}, 202);
            ++height;
            const Hash name = transaction_id(*transaction);
            final_[name] = true;
            if (const auto* open = std::get_if<ledger::OpenChannel>(&*payload))
                channels[ledger::channel_id(name)] = {transaction->body.sender, open->server, open->deposit};
            if (const auto* more = std::get_if<ledger::TopUpChannel>(&*payload))
                channels.at(more->channel).deposit += more->amount;
            return respond(json::value{{"status", "pending"}}, 202);
        }));
    http_ = std::make_unique<node::HttpServer>(io, node::HttpServerConfig{}, std::move(router));
    if (!http_->start()) throw std::runtime_error("the fake chain does not start");
}

FakeServer::FakeServer(asio::io_context& io, FakeChain& chain, const std::string& name, Coin token_price)
    : account(SecretKey::from_seed(name).account()),
      price(token_price),
      registered_price(token_price),
      chain_(chain) {
    node::Router router;
    router.add("POST", "/v1/completions", {}, 1 << 20, at_once([this, &io](const HttpRequest& request) {
                   last_body = request.body;
                   const bool streamed = tools::flag_at(json::parse(request.body), "stream");
                   const auto challenge = [&](HttpResponse response) {
                       node::SessionTerms terms;
                       terms.chain_id = chain_.id;
                       terms.server = account;
                       terms.price_per_input_token = terms.price_per_output_token = price;
                       terms.maximum_cost = maximum_cost.is_zero()
                                                ? Coin{(k_input_tokens + 2 * k_output_tokens) * price.value}
                                                : maximum_cost;
                       terms.minimum_cover = price;
                       terms.suggested_deposit = terms.maximum_cost;
                       node::PaymentChallenge made{"id", "fake", "dure", "session", node::encode_terms(terms),
                                                   "",   ""};
                       response.headers.emplace_back("WWW-Authenticate", node::encode_challenge(made));
                       return response;
                   };
                   if (request.authorization.empty()) return challenge(problem(402, "payment-required"));
                   const Script now = script.empty() ? Script::answer : script.front();
                   if (!script.empty()) script.pop_front();
                   if (now == Script::refuse_busy) return problem(503, "busy");
                   if (now == Script::fail) return problem(500, "internal");
                   if (now == Script::refuse_request) return problem(400, "malformed");
                   if (now == Script::lower_once) return challenge(problem(402, "voucher-lowered"));
                   if (const auto refusal = take(request.authorization))
                       return challenge(problem(402, *refusal));
                   ++calls;
                   HttpResponse response;
                   auto stream = std::make_shared<ScriptedStream>(io, *this, now);
                   if (streamed) {
                       response.content_type = "text/event-stream";
                       response.source = stream;
                       return response;
                   }
                   const Coin cost{(k_input_tokens + k_output_tokens) * price.value};
                   node::PaymentReceipt paid = receipt(cost, k_output_tokens);
                   if (now == Script::overclaim) paid.spent += Coin{1};
                   response = respond(json::value{
                       {"choices", json::array{json::object{{"index", 0}, {"text", "one two three"}}}}});
                   if (now != Script::no_receipt)
                       response.headers.emplace_back("Payment-Receipt", node::encode_receipt(paid));
                   return response;
               }));
    router.add("POST", "/v1/payments/vouchers", {}, 0, at_once([this](const HttpRequest& request) {
                   if (const auto refusal = take(request.authorization)) return problem(402, *refusal);
                   return respond(json::value(json::object{}));
               }));
    http_ = std::make_unique<node::HttpServer>(io, node::HttpServerConfig{}, std::move(router));
    if (!http_->start()) throw std::runtime_error("the fake server does not start");
    chain.servers.push_back(this);
}

std::optional<std::string> FakeServer::take(const std::string& authorization) {
    const auto credential = node::decode_credential(authorization);
    if (!credential) {
        wrongs.push_back(credential.error().message);
        return "malformed-credential";
    }
    const auto* voucher = std::get_if<node::VoucherPayload>(&credential->payload);
    const auto found = voucher == nullptr ? chain_.channels.end() : chain_.channels.find(voucher->channel);
    if (found == chain_.channels.end()) return "channel-not-found";
    if (found->second.server != account) wrongs.push_back("a channel of another server");
    if (!verify(found->second.payer, ledger::voucher_digest(chain_.id, voucher->channel, voucher->cumulative),
                voucher->signature))
        wrongs.push_back("a signature that does not verify");
    if (voucher->cumulative > found->second.deposit) wrongs.push_back("a voucher over the deposit");
    if (voucher->cumulative <= cumulative) return "voucher-lowered";
    channel_ = voucher->channel;
    cumulative = voucher->cumulative;
    ++vouchers;
    return std::nullopt;
}

node::PaymentReceipt FakeServer::receipt(Coin cost, std::uint64_t tokens) {
    spent += cost;
    node::PaymentReceipt receipt;
    receipt.intent = "session";
    receipt.challenge = "id";
    receipt.timestamp = "2026-01-01T00:00:00Z";
    receipt.reference = channel_;
    receipt.cost = cost;
    receipt.spent = spent;
    receipt.cumulative = cumulative;
    receipt.input_tokens = k_input_tokens;
    receipt.output_tokens = tokens;
    return receipt;
}

}  // namespace dure::test
