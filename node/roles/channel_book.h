// What a server knows about the channels that pay it: the best voucher of each, what was earned on it, and
// what is reserved for calls under way. Pure: no socket, no clock, no file.
//
// Promises, for any sequence of calls: a channel's earned and reserved sum never exceeds its best voucher,
// and that never exceeds its deposit; a voucher begins a call once; the best voucher only rises. So the server
// never works for nothing, and never asks a channel for more than was signed. Calls on one channel share its
// balance: what one has reserved no other can.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "base/codec.h"
#include "base/hash.h"
#include "base/keys.h"
#include "base/money.h"
#include "ledger/records/channel.h"

namespace dure::node {

/// A payer's word: "the server may have so much out of this channel, in all".
struct Voucher {
    Hash channel;
    Coin cumulative;
    Signature signature;  ///< over ledger::voucher_digest
};

enum class VoucherRefusal : std::uint8_t {
    channel_unknown,   ///< no such channel is final
    wrong_server,      ///< it pays somebody else
    channel_closing,   ///< its payer or server has begun to close it
    bad_signature,     ///< not its payer's over this amount
    over_deposit,      ///< promises more than the channel holds
    voucher_lowered,   ///< less than an earlier one
    voucher_replayed,  ///< equal to an earlier one
    not_enough_cover,  ///< does not cover what the call may cost
};
const char* name_of(VoucherRefusal refusal);

struct VoucherProblem {
    VoucherRefusal refusal = VoucherRefusal::channel_unknown;
    std::string message;
    std::optional<Coin> needed;      ///< a voucher of this much would do
    std::optional<Coin> cumulative;  ///< the best voucher held
    std::optional<Coin> spent;
};

/// What is kept of a channel across restarts.
struct ChannelAccount {
    Hash channel;
    Coin cumulative;      ///< of the best voucher
    Signature signature;  ///< of the best voucher
    Coin spent;           ///< earned by answered calls

    static constexpr auto fields() {
        using T = ChannelAccount;
        return std::tuple(&T::channel, &T::cumulative, &T::signature, &T::spent);
    }
    friend bool operator==(const ChannelAccount&, const ChannelAccount&) = default;
};

class ChannelBook {
  public:
    ChannelBook(const Hash& chain_id, const Account& server) : chain_id_(chain_id), server_(server) {}

    /// Takes over what was kept; a later account of a channel replaces an earlier one.
    void restore(const ChannelAccount& account);

    /// Cover for one call, until `charge` or `release`.
    struct Reservation {
        Hash channel;
        Coin amount;
    };
    /// Takes a voucher and reserves for a call what is free, at least `least`, at most `most`. `record` is the channel
    /// as the final state has it; none if it has none.
    std::variant<Reservation, VoucherProblem> admit(const Voucher& voucher,
                                                    const std::optional<ledger::ChannelRecord>& record,
                                                    Coin least, Coin most);
    /// Takes a voucher without a call. The best one again is no problem, and changes nothing.
    std::optional<VoucherProblem> raise(const Voucher& voucher,
                                        const std::optional<ledger::ChannelRecord>& record);
    /// Lets a call's cover grow out of what is free: to `least` or more, up to `most`. False, and nothing changes, if
    /// there is not so much.
    bool extend(Reservation& reservation, Coin least, Coin most);
    /// The voucher with which `extend` to `least` would succeed now.
    Coin needed(const Reservation& reservation, Coin least) const;
    /// The call was answered and cost so much, at most what was reserved. What is returned must be durable
    /// before the answer leaves.
    ChannelAccount charge(const Reservation& reservation, Coin cost);
    /// The call was not answered: it costs nothing.
    void release(const Reservation& reservation);

    std::optional<ChannelAccount> find(const Hash& channel) const;
    std::vector<ChannelAccount> accounts() const;
    std::size_t size() const { return entries_.size(); }
    /// Cover reserved by calls under way.
    Coin reserved(const Hash& channel) const;
    /// Calls under way on it.
    std::size_t calls(const Hash& channel) const;
    /// Forgets a channel that no longer exists. Nothing happens while calls are under way on it.
    void forget(const Hash& channel);

  private:
    struct Entry {
        Coin cumulative;
        Signature signature;
        Coin spent;
        Coin reserved;
        std::size_t calls = 0;
        std::optional<VerifyingKey> payer{};  ///< parsed, once a voucher came
    };
    /// Whether the best voucher may come again.
    enum class Again : std::uint8_t { no, yes };
    std::optional<VoucherProblem> refuse(const Voucher& voucher,
                                         const std::optional<ledger::ChannelRecord>& record, Again again,
                                         const Entry& entry) const;
    /// The entry of a voucher's channel with what the ledger knows of it.
    Entry entry_of(const Voucher& voucher, const std::optional<ledger::ChannelRecord>& record) const;
    static ChannelAccount account_of(const Hash& channel, const Entry& entry);

    Hash chain_id_;
    Account server_;
    std::map<Hash, Entry> entries_;
};

}  // namespace dure::node
