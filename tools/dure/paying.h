// Paying for calls: a book of one's channels, kept in the wallet, and the conversation with a server that
// ends in a paid answer.
//
// Promises: a voucher's amount is written to the book before the voucher leaves, so that no crash makes it
// promise less than was promised; a receipt is believed only within what the voucher covers.
#pragma once

#include <boost/json.hpp>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/keys.h"
#include "base/money.h"
#include "base/result.h"
#include "node/api/payment.h"
#include "tools/dure/api.h"

namespace dure::tools {

/// One's own view of a channel that one pays through.
struct OwnChannel {
    Hash chain_id;
    Account payer;
    Account server;
    Hash id;
    Coin deposit;
    Coin spent;      ///< by the receipts so far
    Coin promised;   ///< by the highest voucher so far
    Coin uncertain;  ///< what calls without a receipt, since the last one, may have cost beside `spent`
};

class ChannelBook {
  public:
    /// Reads FOLDER/channels.json; a missing file is an empty book. Errors: `corrupt`, `io`.
    static Result<ChannelBook> open(const std::filesystem::path& folder);

    OwnChannel* find(const Hash& chain_id, const Account& payer, const Account& server);
    OwnChannel* find(const Hash& id);
    const std::vector<OwnChannel>& channels() const { return channels_; }
    void add(OwnChannel channel) { channels_.push_back(std::move(channel)); }
    void forget(const Hash& id);
    /// Writes the book durably. Errors: `io`.
    Status save() const;

  private:
    explicit ChannelBook(std::filesystem::path file) : file_(std::move(file)) {}
    std::filesystem::path file_;
    std::vector<OwnChannel> channels_;
};

struct PaidAnswer {
    boost::json::value completion;  ///< the server's JSON
    std::string text;
    node::VoucherPayload voucher;
    std::string authorization;  ///< the header that carried it
    node::PaymentReceipt receipt;
    std::string opening;  ///< the transaction that opened the channel, if this call did
};

struct PaymentLimits {
    Coin deposit;   ///< what a new channel holds
    Coin max_cost;  ///< a call that may cost more is not made
    Coin fee;
};

/// Asks for a completion and pays for it: learns the price from the server's 402, opens or tops up a channel
/// where needed, sends the voucher. Errors: `insufficient` (more than max_cost, or not enough coins),
/// `unauthorized`/`invalid` (what the server says, or a receipt that claims more than was promised),
/// `unavailable`.
///
/// With `on_text` the answer is streamed: its text is handed over as it comes, and the completion is the last chunk.
Result<PaidAnswer> ask_and_pay(Api& server, const SecretKey& payer, ChannelBook& book,
                               boost::json::object request, const PaymentLimits& limits,
                               const std::function<void(std::string_view)>& on_text = {});

/// The voucher for so much in all.
node::VoucherPayload make_voucher(const SecretKey& payer, const Hash& chain_id, const Hash& channel,
                                  Coin cumulative);

/// A challenge of the server's for vouchers of any call. Errors: those of Api::exchange; `invalid` for a server that
/// wants no vouchers.
Result<node::PaymentChallenge> voucher_challenge(Api& server);

}  // namespace dure::tools
