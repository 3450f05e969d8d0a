// A node's HTTP API as the commands use it: JSON in and out, errors as values with what the node said about
// them, and transactions carried from a key to their final receipt.
#pragma once

#include <boost/json.hpp>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/blob.h"
#include "base/hash.h"
#include "base/keys.h"
#include "base/money.h"
#include "base/result.h"
#include "ledger/transactions/payload.h"
#include "tools/dure/http_client.h"

namespace dure::tools {

/// Reads a field of a node's answer by its path ("round.phase"). What is missing or of another kind reads as
/// empty or zero: answers come from a machine that may be of another version.
std::string text_at(const boost::json::value& value, std::string_view path);
std::uint64_t number_at(const boost::json::value& value, std::string_view path);
bool flag_at(const boost::json::value& value, std::string_view path);
const boost::json::array& list_at(const boost::json::value& value, std::string_view path);
const boost::json::value* find_at(const boost::json::value& value, std::string_view path);

/// What came of a final transaction.
struct Receipt {
    std::string id;
    std::uint64_t height = 0;
    boost::json::value answer;  ///< the node's whole answer
};

class Api {
  public:
    /// Errors: `malformed` for a URL that is none.
    static Result<Api> open(const std::string& url);

    /// Errors: `not_found`, `unavailable` or what the node's problem document says.
    Result<boost::json::value> get(std::string_view target);
    Result<boost::json::value> post(std::string_view target, std::string body,
                                    const std::string& content_type = "application/json");
    /// The whole answer, whatever its status; or in parts, as HttpClient::request says.
    Result<HttpResponse> exchange(boost::beast::http::verb method, std::string_view target,
                                  std::string body = {}, const HttpClient::Headers& headers = {},
                                  const HttpClient::OnPart& on_part = {});

    /// Uploads a blob and returns its name, having checked that the node names it as we do.
    Result<Hash> upload(ByteView blob);

    /// Signs, submits and waits until the transaction is final. Errors: what the node or the ledger refuses
    /// it for; `unavailable` if it is not final within `patience`.
    /// `sponsor`, if there is one, pays fee and deposits, and signs, too.
    Result<Receipt> send(const SecretKey& key, const ledger::Payload& payload, Coin fee,
                         std::chrono::seconds patience = std::chrono::seconds(60),
                         const SecretKey* sponsor = nullptr);
    /// The same without waiting for it to become final; returns its id.
    Result<std::string> submit(const SecretKey& key, const ledger::Payload& payload, Coin fee,
                               const SecretKey* sponsor = nullptr);
    Result<Receipt> wait_for(const std::string& id, std::chrono::seconds patience);

    void set_timeout(std::chrono::milliseconds timeout) { client_.set_timeout(timeout); }
    const std::string& url() const { return url_; }

  private:
    Api(std::string url, HttpClient client) : url_(std::move(url)), client_(std::move(client)) {}

    std::string url_;
    HttpClient client_;
};

/// The error that a problem document (RFC 9457) or any other failing answer stands for.
Error error_of(const HttpResponse& response);

/// What a command pays for a transaction where nothing else is said.
inline constexpr Coin k_default_fee{10'000};

}  // namespace dure::tools
