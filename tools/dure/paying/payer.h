// Buys answers: chooses a server, opens and tops up the channel to it, promises within the budget, pays, gives the answer
// as it comes, and believes no receipt that cannot be. Many calls at once, on the coroutines of one io_context; the signing
// key stays in here.
//
// Promises: what is promised is in the book on disk before it leaves this machine; a call that delivered nothing is tried
// at another server, one that delivered something never; a server whose receipt claims what cannot be is not asked again,
// in any run; nothing is paid beyond the book's budget.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/keys.h"
#include "ledger/transactions/payload.h"
#include "node/api/payment.h"
#include "tools/dure/http_client.h"
#include "tools/dure/paying/channel_book.h"
#include "tools/dure/paying/market.h"
#include "tools/dure/paying/till.h"

namespace dure::tools {

struct PayerOptions {
    Url node;                          ///< for what the chain knows: servers, channels, transactions
    std::vector<std::string> servers;  ///< only these URLs; none: all that the chain lists
    Coin deposit{100'000'000};         ///< what a new channel holds, and by how much it is topped up
    Coin fee{10'000};                  ///< of a transaction
    Coin advance{20'000'000};          ///< how much is promised at most before anything was delivered for it
    unsigned attempts_max = 3;         ///< servers that one call is tried at
    std::chrono::milliseconds patience{120'000};  ///< for an answer to begin, and for each piece of it
    std::chrono::seconds final_patience{60};      ///< for a transaction to become final
    std::function<Day()> today;                   ///< none: the system's clock
};

struct PaidRequest {
    std::string path;  ///< "/v1/chat/completions"
    std::string body;  ///< JSON
    CallSize size;     ///< expected, for choosing by price
};

enum class CallEnd : std::uint8_t {
    paid,     ///< with a receipt that holds
    lost,     ///< broke off without a receipt: it may have cost up to its cover
    refused,  ///< the server answered nothing and charges nothing
    cheated,  ///< the receipt claims what cannot be
};
const char* name_of(CallEnd end);

/// What came of asking one server.
struct CallReport {
    ServerOffer server;
    std::string path;
    CallEnd end = CallEnd::refused;
    Coin cost;   ///< by the receipt
    Coin cover;  ///< what was promised for it
    std::uint64_t input_tokens = 0;
    std::uint64_t output_tokens = 0;
    std::chrono::milliseconds first{};  ///< until the first piece
    std::chrono::milliseconds whole{};
    std::string detail;             ///< why, if not paid
    std::string inference_receipt;  ///< base64url; may be empty
    std::string body;               ///< of the request; only if paid
};

/// An answer under way, paid as it goes on. Dropped before its end, it tells its server by closing the connection.
class PaidCall {
  public:
    struct State;
    explicit PaidCall(std::unique_ptr<State> state);
    ~PaidCall();
    PaidCall(const PaidCall&) = delete;
    PaidCall& operator=(const PaidCall&) = delete;

    /// Status and headers of the server.
    const HttpResponse& head() const;
    bool streamed() const;
    /// The next piece of the body: of a stream whole events, of another answer all of it. None at its end. Errors:
    /// `unavailable` (it broke off), `invalid` (its receipt).
    boost::asio::awaitable<Result<std::optional<std::string>>> next();

    /// After the end, if it was paid.
    const std::optional<node::PaymentReceipt>& receipt() const;
    const ServerOffer& server() const;
    /// What the call was paid with: the last voucher, and the header that carried it.
    const node::VoucherPayload& voucher() const;
    const std::string& authorization() const;
    /// The transaction that opened the channel for this call; may be empty.
    const std::string& opening() const;
    State& state() { return *state_; }

  private:
    std::unique_ptr<State> state_;
};

class Payer {
  public:
    /// `book` outlives this and all calls.
    Payer(boost::asio::io_context& io, ChannelBook& book, const SecretKey& key, PayerOptions options);
    ~Payer();
    Payer(const Payer&) = delete;
    Payer& operator=(const Payer&) = delete;

    /// An answer; or what the server says about the request itself (a status of 4xx, which no other server would answer
    /// otherwise), to be passed on.
    using Outcome = std::variant<std::unique_ptr<PaidCall>, HttpResponse>;
    /// Errors: `insufficient` (budget, or coins), `unavailable` (no server, or all of them fail).
    boost::asio::awaitable<Result<Outcome>> begin(PaidRequest request);

    /// A request that costs nothing, to the best server: /v1/models.
    boost::asio::awaitable<Result<HttpResponse>> ask_freely(std::string target);

    /// Asks the node for the servers, unless that was done lately.
    boost::asio::awaitable<Status> refresh(bool now = false);
    const Market& market() const;
    const ChannelBook& book() const;
    Account account() const;
    /// How long until a server that failed may be asked again.
    std::chrono::milliseconds next_chance() const;

    /// The server is asked no more, in this run or any other.
    void distrust(const Account& server, const std::string& why);
    /// A transaction of the payer's own, whose fee the budget has; its id. Does not wait until it is final. Errors:
    /// `insufficient` (the budget), what the node refuses it for.
    boost::asio::awaitable<Result<Hash>> send(ledger::Payload payload);
    /// Called with each server that was asked for an answer.
    void on_report(std::function<void(const CallReport&)> listener);
    /// Writes the book, what receipts said included.
    Status save();
    /// The same on another thread, if there is something new.
    boost::asio::awaitable<Status> save_if_changed();

    class Core;

  private:
    std::shared_ptr<Core> core_;
};

}  // namespace dure::tools
