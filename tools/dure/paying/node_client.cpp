#include "tools/dure/paying/node_client.h"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json.hpp>

#include "base/codec.h"
#include "tools/dure/api.h"

namespace dure::tools {

namespace asio = boost::asio;
namespace json = boost::json;
namespace http = boost::beast::http;

namespace {

constexpr std::uint64_t k_expiry_blocks = 200;
constexpr std::chrono::milliseconds k_final_interval{100};
constexpr std::chrono::milliseconds k_node_patience{10'000};

Result<json::value> parse(const HttpResponse& response) {
    if (response.status < 200 || response.status >= 300) return error_of(response);
    boost::system::error_code bad;
    json::value value = json::parse(response.body, bad);
    if (bad) return Error{ErrorCode::unavailable, "the node's answer is not JSON: " + bad.message()};
    return value;
}

bool is_loopback(const std::string& host) {
    boost::system::error_code error;
    const auto address = asio::ip::make_address(host, error);
    return host == "localhost" || (!error && address.is_loopback());
}

/// Whether a registered address can be asked from here: a loopback one means this machine only if the node that lists it is
/// on this machine, too.
bool can_be_asked(const std::string& service, const Url& node) {
    const Result<Url> url = Url::parse(service);
    return url && (!is_loopback(url->host) || is_loopback(node.host));
}

}  // namespace

std::string NodeClient::url_text() const {
    const bool v6 = url_.host.find(':') != std::string::npos;
    return "http://" + (v6 ? "[" + url_.host + "]" : url_.host) + ":" + url_.port + url_.path;
}

NodeClient::Answer<json::value> NodeClient::get(std::string target) {
    HttpAsk ask;
    ask.target = std::move(target);
    ask.patience = k_node_patience;
    auto asked = pool_.request(url_, std::move(ask));
    const Result<HttpResponse> response = co_await std::move(asked);
    if (!response) co_return response.error();
    co_return parse(*response);
}

NodeClient::Answer<json::value> NodeClient::post(std::string target, std::string body) {
    HttpAsk ask;
    ask.method = http::verb::post;
    ask.target = std::move(target);
    ask.body = std::move(body);
    ask.headers = {{"content-type", "application/json"}};
    ask.patience = k_node_patience;
    auto asked = pool_.request(url_, std::move(ask));
    const Result<HttpResponse> response = co_await std::move(asked);
    if (!response) co_return response.error();
    co_return parse(*response);
}

NodeClient::Answer<NodeStatus> NodeClient::status() {
    const Result<json::value> answer = co_await get("/v1/status");
    if (!answer) co_return answer.error();
    NodeStatus status;
    const Result<Hash> chain = Hash::from_hex(text_at(*answer, "chain_id"));
    const Result<Account> account = Account::from_address(text_at(*answer, "address"));
    if (!chain || !account)
        co_return Error{ErrorCode::unavailable, url_text() + " does not answer as a Dure node does"};
    status.chain_id = *chain;
    status.account = *account;
    status.height = number_at(*answer, "height");
    for (const json::value& role : list_at(*answer, "roles"))
        status.sells = status.sells || role == "server";
    co_return status;
}

NodeClient::Answer<std::vector<ServerOffer>> NodeClient::servers() {
    const Result<json::value> answer = co_await get("/v1/servers?limit=1000");
    if (!answer) co_return answer.error();
    const Result<NodeStatus> own = co_await status();
    if (!own) co_return own.error();
    std::vector<ServerOffer> offers;
    for (const json::value& entry : list_at(*answer, "items")) {
        const Result<Account> server = Account::from_address(text_at(entry, "address"));
        if (!server) continue;
        std::string url = text_at(entry, "service");
        if (own->sells && own->account == *server) url = url_text();
        if (!can_be_asked(url, url_)) continue;
        offers.push_back({*server, url, Coin{number_at(entry, "price_per_input_token")},
                          Coin{number_at(entry, "price_per_output_token")}});
    }
    co_return offers;
}

NodeClient::Answer<std::optional<ChannelStatus>> NodeClient::channel(Hash id) {
    const Result<json::value> answer = co_await get("/v1/channels/" + id.hex());
    if (!answer) {
        if (answer.error().code == ErrorCode::not_found) co_return std::optional<ChannelStatus>();
        co_return answer.error();
    }
    co_return std::optional<ChannelStatus>(
        ChannelStatus{Coin{number_at(*answer, "deposit")}, !text_at(*answer, "withdrawable").empty()});
}

NodeClient::Answer<SignedTransaction> NodeClient::prepare(const SecretKey& key, ledger::Payload payload,
                                                          Coin fee) {
    const Result<NodeStatus> now = co_await status();
    if (!now) co_return now.error();
    const Result<json::value> account = co_await get("/v1/accounts/" + key.account().address());
    if (!account) co_return account.error();
    protocol::TransactionBody body;
    body.chain_id = now->chain_id;
    body.sender = key.account();
    body.nonce = number_at(*account, "next_nonce");
    body.fee = fee;
    body.expires = {now->height + k_expiry_blocks};
    body.payload = encode(payload);
    SignedTransaction prepared;
    prepared.transaction = sign_transaction(body, key);
    prepared.id = transaction_id(prepared.transaction);
    prepared.expires = body.expires.value;
    co_return prepared;
}

NodeClient::Answer<bool> NodeClient::submit(const SignedTransaction& transaction) {
    const std::string body =
        json::serialize(json::object{{"transaction", to_hex(encode(transaction.transaction))}});
    const Result<json::value> answer = co_await post("/v1/transactions", body);
    if (!answer) co_return answer.error();
    co_return true;
}

NodeClient::Answer<bool> NodeClient::wait_for(Hash id, std::chrono::seconds patience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    asio::steady_timer pause(io_);
    while (true) {
        const Result<json::value> answer = co_await get("/v1/transactions/" + id.hex());
        if (!answer && answer.error().code != ErrorCode::not_found) co_return answer.error();
        if (answer && text_at(*answer, "status") == "final") {
            if (flag_at(*answer, "ok")) co_return true;
            co_return Error{ErrorCode::invalid,
                            "transaction " + id.hex() + " failed: " + text_at(*answer, "message")};
        }
        if (std::chrono::steady_clock::now() > deadline) {
            co_return Error{ErrorCode::unavailable, "transaction " + id.hex() + " is not final after " +
                                                        std::to_string(patience.count()) + " s"};
        }
        pause.expires_after(k_final_interval);
        boost::system::error_code ignored;
        co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
}

}  // namespace dure::tools
