#include "tools/dure/api.h"

#include <array>
#include <thread>

#include "base/codec.h"
#include "base/protocol/transaction.h"

namespace dure::tools {

namespace json = boost::json;
namespace http = boost::beast::http;

namespace {

/// How many blocks a transaction may wait before it can no longer be included.
constexpr std::uint64_t k_blocks_until_expiry = 200;
constexpr std::chrono::milliseconds k_poll_interval{100};

Result<json::value> parse_answer(const HttpResponse& response, std::string_view target) {
    if (response.status < 200 || response.status >= 300) return error_of(response);
    boost::system::error_code error;
    json::value value = json::parse(response.body, error);
    if (error) {
        return Error{ErrorCode::internal, "the node's answer to " + std::string(target) + " is not JSON (" +
                                              error.message() + "); is --node the address of a Dure node?"};
    }
    return value;
}

ErrorCode code_of_status(unsigned status) {
    switch (status) {
        case 400:
        case 413:
        case 422:
            return ErrorCode::invalid;
        case 401:
        case 403:
            return ErrorCode::unauthorized;
        case 402:
            return ErrorCode::insufficient;
        case 404:
            return ErrorCode::not_found;
        case 409:
            return ErrorCode::conflict;
        case 410:
            return ErrorCode::expired;
        case 429:
        case 502:
        case 503:
        case 504:
            return ErrorCode::unavailable;
        default:
            return ErrorCode::internal;
    }
}

ErrorCode code_of_name(std::string_view name, ErrorCode otherwise) {
    constexpr std::array k_codes = {
        ErrorCode::malformed,    ErrorCode::out_of_range, ErrorCode::not_found,
        ErrorCode::duplicate,    ErrorCode::conflict,     ErrorCode::expired,
        ErrorCode::insufficient, ErrorCode::unauthorized, ErrorCode::invalid_signature,
        ErrorCode::invalid,      ErrorCode::unavailable,  ErrorCode::corrupt,
        ErrorCode::io,           ErrorCode::internal};
    for (const ErrorCode code : k_codes) {
        if (name == name_of(code)) return code;
    }
    return otherwise;
}

}  // namespace

const json::value* find_at(const json::value& value, std::string_view path) {
    const json::value* at = &value;
    while (!path.empty()) {
        const std::size_t dot = path.find('.');
        const json::object* object = at->if_object();
        if (object == nullptr) return nullptr;
        at = object->if_contains(path.substr(0, dot));
        if (at == nullptr) return nullptr;
        path = dot == std::string_view::npos ? std::string_view{} : path.substr(dot + 1);
    }
    return at;
}

std::string text_at(const json::value& value, std::string_view path) {
    const json::value* found = find_at(value, path);
    if (found == nullptr || found->is_null()) return "";
    if (const json::string* text = found->if_string()) return std::string(*text);
    return json::serialize(*found);
}

std::uint64_t number_at(const json::value& value, std::string_view path) {
    const json::value* found = find_at(value, path);
    if (found == nullptr) return 0;
    if (found->is_int64()) return found->as_int64() < 0 ? 0 : static_cast<std::uint64_t>(found->as_int64());
    if (found->is_uint64()) return found->as_uint64();
    const json::string* text = found->if_string();
    if (text == nullptr || text->empty() || text->size() > 20) return 0;
    std::uint64_t number = 0;
    for (const char digit : *text) {
        if (digit < '0' || digit > '9') return 0;
        number = number * 10 + static_cast<std::uint64_t>(digit - '0');
    }
    return number;
}

bool flag_at(const json::value& value, std::string_view path) {
    const json::value* found = find_at(value, path);
    return found != nullptr && found->is_bool() && found->as_bool();
}

const json::array& list_at(const json::value& value, std::string_view path) {
    static const json::array empty;
    const json::value* found = find_at(value, path);
    return found != nullptr && found->is_array() ? found->as_array() : empty;
}

Error error_of(const HttpResponse& response) {
    boost::system::error_code error;
    const json::value problem = json::parse(response.body, error);
    const ErrorCode by_status = code_of_status(response.status);
    std::string message = error ? "" : text_at(problem, "detail");
    if (message.empty() && !error) message = text_at(problem, "title");
    if (message.empty()) message = "the node answered with status " + std::to_string(response.status);
    return {error ? by_status : code_of_name(text_at(problem, "code"), by_status), message};
}

Result<Api> Api::open(const std::string& url) {
    DURE_TRY(Url parsed, Url::parse(url));
    return Api(url, HttpClient(std::move(parsed)));
}

Result<HttpResponse> Api::exchange(http::verb method, std::string_view target, std::string body,
                                   const HttpClient::Headers& headers, const HttpClient::OnPart& on_part) {
    return client_.request(method, target, std::move(body), headers, on_part);
}

Result<json::value> Api::get(std::string_view target) {
    DURE_TRY(const HttpResponse response, client_.request(http::verb::get, target));
    return parse_answer(response, target);
}

Result<json::value> Api::post(std::string_view target, std::string body, const std::string& content_type) {
    DURE_TRY(const HttpResponse response,
             client_.request(http::verb::post, target, std::move(body), {{"content-type", content_type}}));
    return parse_answer(response, target);
}

Result<Hash> Api::upload(ByteView blob) {
    const Hash name = blob_hash(blob);
    DURE_TRY(const json::value answer,
             post("/v1/blobs", std::string(as_text(blob)), "application/octet-stream"));
    if (text_at(answer, "hash") != name.hex()) {
        return Error{ErrorCode::internal, "the node stored " + name.hex() + " under another name: \"" +
                                              text_at(answer, "hash") + "\""};
    }
    return name;
}

Result<std::string> Api::submit(const SecretKey& key, const ledger::Payload& payload, Coin fee,
                                const SecretKey* sponsor) {
    DURE_TRY(const json::value status, get("/v1/status"));
    DURE_TRY(const Hash chain_id, Hash::from_hex(text_at(status, "chain_id")));
    DURE_TRY(const json::value account, get("/v1/accounts/" + key.account().address()));
    protocol::TransactionBody body;
    body.chain_id = chain_id;
    body.sender = key.account();
    body.nonce = number_at(account, find_at(account, "next_nonce") != nullptr ? "next_nonce" : "nonce");
    body.fee = fee;
    body.expires = {number_at(status, "height") + k_blocks_until_expiry};
    body.payload = encode(payload);
    const protocol::Transaction transaction = sign_transaction(body, key, sponsor);
    const std::string encoded = to_hex(encode(transaction));
    DURE_CHECK(post("/v1/transactions", json::serialize(json::object{{"transaction", encoded}})));
    return transaction_id(transaction).hex();
}

Result<Receipt> Api::wait_for(const std::string& id, std::chrono::seconds patience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (true) {
        auto answer = get("/v1/transactions/" + id);
        if (!answer && answer.error().code != ErrorCode::not_found) return answer.error();
        if (answer && text_at(*answer, "status") == "final") {
            if (!flag_at(*answer, "ok")) {
                return Error{code_of_name(text_at(*answer, "code"), ErrorCode::invalid),
                             "transaction " + id + " failed: " + text_at(*answer, "message")};
            }
            return Receipt{id, number_at(*answer, "height"), *std::move(answer)};
        }
        if (std::chrono::steady_clock::now() > deadline) {
            return Error{ErrorCode::unavailable, "transaction " + id + " is not final after " +
                                                     std::to_string(patience.count()) +
                                                     " s; look again with: dure status"};
        }
        std::this_thread::sleep_for(k_poll_interval);
    }
}

Result<Receipt> Api::send(const SecretKey& key, const ledger::Payload& payload, Coin fee,
                          std::chrono::seconds patience, const SecretKey* sponsor) {
    DURE_TRY(const std::string id, submit(key, payload, fee, sponsor));
    return wait_for(id, patience);
}

}  // namespace dure::tools
