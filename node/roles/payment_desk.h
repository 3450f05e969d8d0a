// The server's money: takes vouchers and payments, brings channels' openings and top-ups onto the chain, settles what
// was earned and closes channels.
//
// Promises: what `keep` has returned success for is found again after a crash; each channel's earnings are drawn from
// the chain from time to time, and at once when the channel begins to close; a payment by a transaction of its own is
// good for one answer. Not here: prices and answers (answer_server.h), HTTP.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <variant>

#include "base/result.h"
#include "node/chain/chain.h"
#include "node/roles/channel_book.h"
#include "node/roles/submitter.h"

namespace dure::node {

struct PaymentDeskConfig {
    std::filesystem::path journal;  ///< file of the channels' accounts
    std::filesystem::path charges;  ///< file of the calls that were paid by a transaction of their own
    std::uint64_t settle_interval_blocks = 10;
    std::chrono::milliseconds inclusion_patience{60'000};  ///< for a client's transaction to become final
};

/// A channel as the server has it, after something was done with it.
struct ChannelStanding {
    ChannelAccount account;
    Coin deposit;
    std::optional<Hash> transaction;  ///< that did it
};

/// Since the start, but for the channels.
struct PaymentCounters {
    std::uint64_t vouchers_accepted = 0;
    std::uint64_t vouchers_refused = 0;
    std::uint64_t charges = 0;  ///< payments of single calls that became final
    std::uint64_t settlements = 0;
    std::uint64_t settlements_failed = 0;
    std::uint64_t channels = 0;  ///< now: channels of which a voucher is held
};

/// A call that a pay_call transaction paid for.
struct PaidCall {
    Hash transaction;
    Hash call;
    Account payer;
    Coin amount;
    protocol::Height height;
};

class PaymentDesk {
  public:
    /// Errors: those of ChannelJournal::open and ChargeJournal::open.
    static Result<std::unique_ptr<PaymentDesk>> open(boost::asio::io_context& io, Chain& chain,
                                                     Submitter& submitter, const PaymentDeskConfig& config);
    ~PaymentDesk();
    PaymentDesk(const PaymentDesk&) = delete;
    PaymentDesk& operator=(const PaymentDesk&) = delete;

    void start();
    void stop();

    // Of one turn of the io thread, as ChannelBook has them; `channels` are read from the final state.
    std::variant<ChannelBook::Reservation, VoucherProblem> admit(const Voucher& voucher, Coin least,
                                                                 Coin most);
    bool extend(ChannelBook::Reservation& reservation, Coin least, Coin most);
    Coin needed(const ChannelBook::Reservation& reservation, Coin least) const;
    ChannelAccount charge(const ChannelBook::Reservation& reservation, Coin cost);
    void release(const ChannelBook::Reservation& reservation);
    std::optional<ChannelAccount> channel(const Hash& id) const;

    /// Writes an account to disk; in the order of calls.
    boost::asio::awaitable<Status> keep(ChannelAccount account);
    void keep_later(const ChannelAccount& account);

    using Standing = std::variant<ChannelStanding, VoucherProblem, Error>;
    /// Takes a voucher without a call, durably.
    boost::asio::awaitable<Standing> raise(Voucher voucher);
    /// Brings the opening of a channel to this server onto the chain, once it is seen that `cumulative` of it is
    /// signed for. Takes no voucher yet: the result names the channel. Errors: `malformed`, `invalid` (what it is
    /// instead), those of FinalityWatch::include and of its effect.
    boost::asio::awaitable<Result<Voucher>> open_channel(ByteView transaction, Coin cumulative,
                                                         Signature signature);
    boost::asio::awaitable<Standing> top_up(Hash channel, ByteView transaction);
    /// Settles what was earned and closes the channel, so that its rest can be withdrawn at once. Errors: `conflict`
    /// while calls are under way on it.
    boost::asio::awaitable<Standing> close(Voucher voucher);

    /// Brings a payment of at least `amount` for this very call onto the chain. Errors: as open_channel; `duplicate` if
    /// the call was answered already; `expired` if it was paid too long ago.
    boost::asio::awaitable<Result<PaidCall>> take_charge(ByteView transaction, Hash call, Coin amount);
    /// The call is about to be answered; false if it has been, or is being.
    bool claim(const PaidCall& call);
    /// It was not answered after all.
    void disclaim(const PaidCall& call);
    /// Writes to disk that it is answered.
    boost::asio::awaitable<Status> keep(PaidCall call);

    /// Called when a channel's best voucher has risen.
    void on_raised(std::function<void(const Hash& channel)> handler);
    PaymentCounters counters() const;

  private:
    class Core;
    explicit PaymentDesk(std::shared_ptr<Core> core);
    std::shared_ptr<Core> core_;
};

}  // namespace dure::node
