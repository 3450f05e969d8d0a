// Buying answers from a command: a Payer (paying/payer.h) with an event loop of its own, one question after the other.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/keys.h"
#include "base/result.h"
#include "tools/dure/api.h"
#include "tools/dure/paying/payer.h"

namespace dure::tools {

struct PaidAnswer {
    boost::json::value completion;  ///< the server's JSON; of a streamed answer the chunk with the receipt
    std::string text;
    node::VoucherPayload voucher;
    std::string authorization;  ///< the header that carried it
    node::PaymentReceipt receipt;
    ServerOffer server;
    std::string opening;  ///< the transaction that opened the channel, if this call did
};

class Buyer {
  public:
    /// Takes the answer's text as it comes.
    using OnText = std::function<void(std::string_view)>;

    /// `book` outlives this.
    Buyer(ChannelBook& book, const SecretKey& key, PayerOptions options);
    ~Buyer();
    Buyer(const Buyer&) = delete;
    Buyer& operator=(const Buyer&) = delete;

    /// Asks at `path` ("/v1/completions" or "/v1/chat/completions"); streamed with `on_text`. What it throws ends the call
    /// and comes out here. Errors: those of Payer::begin; what the server says about the request; `unavailable` for an
    /// answer that broke off; `invalid` for a receipt that cannot be.
    Result<PaidAnswer> ask(const std::string& path, boost::json::object request, const OnText& on_text = {});

    const Payer& payer() const { return *payer_; }

  private:
    boost::asio::awaitable<Result<PaidAnswer>> buy(PaidRequest request, const OnText& on_text);

    boost::asio::io_context io_{1};
    ChannelBook& book_;
    std::unique_ptr<Payer> payer_;
};

/// How large a request is likely to be, for choosing a server.
CallSize size_of(const boost::json::object& request, std::size_t body_bytes);

/// A challenge of the server's for vouchers of any call. Errors: those of Api::exchange; `invalid` for a server that wants
/// no vouchers.
Result<node::PaymentChallenge> voucher_challenge(Api& server);

}  // namespace dure::tools
