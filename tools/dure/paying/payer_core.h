// Inside of payer.h: what all calls of a payer share. See there.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <map>
#include <set>

#include "tools/dure/paying/async_lock.h"
#include "tools/dure/paying/http_pool.h"
#include "tools/dure/paying/node_client.h"
#include "tools/dure/paying/payer.h"
#include "tools/dure/paying/signed_receipt.h"
#include "tools/dure/paying/sse.h"
#include "tools/dure/paying/wire.h"

namespace dure::tools {

class Payer::Core : public std::enable_shared_from_this<Payer::Core> {
  public:
    template <class T>
    using Task = boost::asio::awaitable<T>;

    Core(boost::asio::io_context& context, ChannelBook& own_book, const SecretKey& signing_key,
         PayerOptions payer_options);

    Task<Result<Payer::Outcome>> begin(PaidRequest request);
    Task<Status> refresh(bool now);

    /// A voucher over more for a call under way. Errors: as Till::raise, and what the server says.
    Task<Status> raise(PaidCall::State& call, Coin cumulative);
    /// The book as it is now is on disk when this ends. Calls at the same time share a write.
    Task<Status> commit();
    void report(const CallReport& report);
    /// A receipt that cannot be: the server is asked no more.
    void distrust(const Account& server, const std::string& why);
    /// One's own transaction, nonces in order.
    Task<Result<Hash>> send_own(ledger::Payload payload);
    Day today() const;

    boost::asio::io_context& io;
    ChannelBook& book;
    const SecretKey key;
    const PayerOptions options;
    HttpPool pool;
    NodeClient node;
    Till till;
    Market market;
    std::function<void(const CallReport&)> listener;
    bool changed = false;  ///< something in the book is not on disk that need not be at once

  private:
    /// What came of asking one server.
    struct Attempt {
        std::unique_ptr<PaidCall> call;
        std::optional<HttpResponse> refusal;  ///< the request's fault
        std::optional<Error> failure;
        bool budget = false;  ///< the failure is the budget's
        bool reported = false;
        std::optional<std::chrono::milliseconds> busy;  ///< the server asks to be left alone for so long
    };
    Task<Attempt> ask(ServerOffer offer, PaidRequest request);
    /// The request with or without a voucher.
    static HttpAsk http_ask(const PaidRequest& request, std::chrono::milliseconds patience);
    /// What an answer without an answer in it makes of the attempt.
    static Attempt unanswered(const ServerOffer& offer, HttpResponse response);
    Status check_terms(const ServerOffer& offer, const CallTerms& terms) const;
    /// Pays under these terms and begins to read.
    struct Paying {
        CallTerms terms;
        Coin at_least;
        unsigned tries = 0;
        std::string opening;
    };
    /// None: once more, under the terms that are in `paying` now.
    Task<std::optional<Attempt>> pay(const ServerOffer& offer, const Url& url, const PaidRequest& request,
                                     Paying& paying);
    /// A voucher was refused: whether and how to try again.
    Task<bool> mend(const Account& server, const Hash& channel, const HttpResponse& response, Paying& paying);
    /// The channel to this server, final, holding at least what this cover needs.
    Task<Result<Hash>> channel_for(const Account& server, Coin cover, std::string& opening);
    Task<Result<Hash>> open_channel(const Account& server, Coin cover, std::string& opening);
    Task<Status> confirm_opening(Hash id);
    Task<Status> top_up(Hash id, Coin needed);
    Task<Status> send(const SignedTransaction& transaction);
    /// Reads until there is something to give, so that a failure before it can be mended elsewhere.
    Task<Status> begin_reading(PaidCall::State& call);
    Task<void> pause(std::chrono::milliseconds time);
    std::vector<Account> funded() const;

    struct ServerLocks {
        AsyncLock channel;  ///< opening, topping up
        AsyncLock sending;  ///< vouchers leave in the order of their sums
    };
    ServerLocks& locks(const Account& server);

    boost::asio::thread_pool disk_{1};
    std::map<Account, std::unique_ptr<ServerLocks>> locks_;
    AsyncLock transactions_;  ///< one nonce after the other
    AsyncLock refreshing_;
    std::set<Hash> confirmed_;  ///< channels that were looked at in this run
    std::optional<Hash> chain_id_;
    std::chrono::steady_clock::time_point listed_{};
    bool listed_once_ = false;
    boost::asio::steady_timer written_signal_;
    std::uint64_t wanted_ = 0;
    std::uint64_t written_ = 0;
    bool writing_ = false;
};

struct PaidCall::State {
    std::shared_ptr<Payer::Core> core;
    ServerOffer offer;
    Url url;
    std::string path;
    std::string body;
    CallTerms terms;
    Hold hold;
    node::VoucherPayload voucher{};
    std::string authorization{};
    std::string opening;
    std::unique_ptr<HttpExchange> exchange;
    HttpResponse head;
    bool streamed = false;
    EventCutter events{};
    std::string ready{};  ///< read, and not given yet
    bool ended = false;   ///< the body is complete
    bool closed = false;  ///< the hold is settled, one way or another
    std::optional<node::PaymentReceipt> receipt{};
    AnswerTexts texts{};  ///< as they were given
    std::chrono::steady_clock::time_point began{};
    std::optional<std::chrono::steady_clock::time_point> first{};

    boost::asio::awaitable<Result<std::optional<std::string>>> read();
    /// Signs what the hold promises now.
    void sign();
    /// Looks at an event; what is for the client goes to `ready`.
    boost::asio::awaitable<Status> take(ServerEvent event);
    Status settle(std::string_view header);
    void close(CallEnd end, const std::string& detail);
};

}  // namespace dure::tools
