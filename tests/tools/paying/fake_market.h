// A chain and its servers as far as a payer sees them, on one event loop with it: what each server does with each paid call
// is scripted, and its own books are strict.
#pragma once

#include <boost/asio/io_context.hpp>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ledger/records/channel.h"
#include "node/api/http_server.h"
#include "node/api/payment.h"
#include "tools/dure/paying/payer.h"

namespace dure::test {

/// What a server does with one paid call.
enum class Script {
    answer,         ///< "one two three", honestly
    refuse_busy,    ///< 503
    fail,           ///< 500
    break_before,   ///< closes the stream before its first event
    break_middle,   ///< after "one "
    overcharge,     ///< a receipt over more than tokens times prices
    overclaim,      ///< a receipt that says more was spent before
    no_receipt,     ///< ends without one
    lower_once,     ///< refuses the first voucher as lowered
    pause,          ///< asks for more cover after "one "
    refuse_request  ///< 400
};

struct FakeChannel {
    Account payer;
    Account server;
    Coin deposit;
};

class FakeServer;

/// The node: one block for each transaction.
class FakeChain {
  public:
    explicit FakeChain(boost::asio::io_context& io);
    std::string url() const { return "http://" + http_->endpoint(); }

    const Hash id = sha256(as_bytes("fake chain"));
    std::map<Hash, FakeChannel> channels;
    std::vector<const FakeServer*> servers;
    std::uint64_t height = 1;
    bool swallows_transactions = false;  ///< takes them and never puts them into a block

  private:
    std::map<Hash, bool> final_;
    std::map<Account, std::uint64_t> nonces_;
    std::unique_ptr<node::HttpServer> http_;
};

class FakeServer {
  public:
    FakeServer(boost::asio::io_context& io, FakeChain& chain, const std::string& name, Coin price);
    std::string url() const { return "http://" + http_->endpoint(); }

    const Account account;
    const Coin price;                 ///< of a token, in and out; what it asks for
    Coin registered_price;            ///< what the chain says
    std::deque<Script> script;        ///< then: answer
    Coin maximum_cost{};              ///< by price, unless set
    std::uint64_t calls = 0;          ///< that were paid for
    std::uint64_t vouchers = 0;       ///< taken
    Coin spent;                       ///< earned
    Coin cumulative;                  ///< the best voucher
    std::vector<std::string> wrongs;  ///< what no payer may do
    std::string last_body;

    /// Checks a credential against the books.
    std::optional<std::string> take(const std::string& authorization);
    node::PaymentReceipt receipt(Coin cost, std::uint64_t tokens);

  private:
    FakeChain& chain_;
    Hash channel_;
    std::unique_ptr<node::HttpServer> http_;
};

}  // namespace dure::test
