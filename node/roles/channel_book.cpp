#include "node/roles/channel_book.h"

#include <algorithm>

namespace dure::node {

const char* name_of(VoucherRefusal refusal) {
    switch (refusal) {
        case VoucherRefusal::channel_unknown:
            return "channel_unknown";
        case VoucherRefusal::wrong_server:
            return "wrong_server";
        case VoucherRefusal::channel_closing:
            return "channel_closing";
        case VoucherRefusal::bad_signature:
            return "bad_signature";
        case VoucherRefusal::over_deposit:
            return "over_deposit";
        case VoucherRefusal::voucher_lowered:
            return "voucher_lowered";
        case VoucherRefusal::voucher_replayed:
            return "voucher_replayed";
        case VoucherRefusal::not_enough_cover:
            return "not_enough_cover";
    }
    return "unknown";
}

void ChannelBook::restore(const ChannelAccount& account) {
    DURE_ASSERT(account.spent <= account.cumulative);
    Entry& entry = entries_[account.channel];
    DURE_ASSERT(entry.calls == 0);
    entry = {account.cumulative, account.signature, account.spent, {}, 0, {}};
}

ChannelBook::Entry ChannelBook::entry_of(const Voucher& voucher,
                                         const std::optional<ledger::ChannelRecord>& record) const {
    const auto found = entries_.find(voucher.channel);
    Entry entry = found == entries_.end() ? Entry{} : found->second;
    if (!record) return entry;
    // A server that lost its own records still knows from the ledger what was paid out.
    entry.spent = std::max(entry.spent, record->settled);
    if (!entry.payer) {
        if (const auto parsed = VerifyingKey::parse(record->payer)) entry.payer = *parsed;
    }
    return entry;
}

std::optional<VoucherProblem> ChannelBook::refuse(const Voucher& voucher,
                                                  const std::optional<ledger::ChannelRecord>& record,
                                                  Again again, const Entry& entry) const {
    const std::string name = "channel " + voucher.channel.hex();
    if (!record) {
        return VoucherProblem{
            VoucherRefusal::channel_unknown,
            name + " is not in the final state; open one to this server, and wait until the opening is final",
            {},
            {},
            {}};
    }
    if (record->server != server_) {
        return VoucherProblem{
            VoucherRefusal::wrong_server,
            name + " pays " + record->server.address() + ", not this server, " + server_.address(),
            {},
            {},
            {}};
    }
    if (record->withdrawable) {
        return VoucherProblem{
            VoucherRefusal::channel_closing, name + " is being closed; open another one", {}, {}, {}};
    }
    // The cheap comparisons come before the signature's check, so that replays cost the server little.
    if (voucher.cumulative > record->deposit) {
        return VoucherProblem{VoucherRefusal::over_deposit,
                              "the voucher promises " + to_text(voucher.cumulative) + " DURE, but " + name +
                                  " holds " + to_text(record->deposit) + "; top it up first",
                              {},
                              {},
                              {}};
    }
    const Coin floor = std::max(entry.cumulative, record->settled);
    const bool same = voucher.cumulative == floor;
    if (same && again == Again::yes && voucher.signature == entry.signature) return std::nullopt;
    if (voucher.cumulative <= floor) {
        return VoucherProblem{
            same ? VoucherRefusal::voucher_replayed : VoucherRefusal::voucher_lowered,
            "the voucher promises " + to_text(voucher.cumulative) + " DURE in all, and this server " +
                (same ? "already took one of that amount" : "already holds one of " + to_text(floor)) +
                " for " + name + "; sign a higher one for each call",
            {},
            floor,
            entry.spent};
    }
    const Hash digest = ledger::voucher_digest(chain_id_, voucher.channel, voucher.cumulative);
    if (!entry.payer || !entry.payer->verify(ByteView(digest.bytes), voucher.signature)) {
        return VoucherProblem{VoucherRefusal::bad_signature,
                              "the voucher's signature is not that of " + name + "'s payer, " +
                                  record->payer.address() + ", over this chain, channel and amount",
                              {},
                              {},
                              {}};
    }
    return std::nullopt;
}

std::variant<ChannelBook::Reservation, VoucherProblem> ChannelBook::admit(
    const Voucher& voucher, const std::optional<ledger::ChannelRecord>& record, Coin least, Coin most) {
    DURE_ASSERT(least <= most);
    Entry entry = entry_of(voucher, record);
    if (auto problem = refuse(voucher, record, Again::no, entry)) return std::move(*problem);
    const Coin taken = entry.spent + entry.reserved;
    const auto needed = checked_add(taken, least);
    if (!needed || *needed > voucher.cumulative) {
        return VoucherProblem{VoucherRefusal::not_enough_cover,
                              "the call needs a cover of " + to_text(least) + " DURE and " + to_text(taken) +
                                  " are spent or reserved on channel " + voucher.channel.hex() +
                                  "; sign a voucher of " + (needed ? to_text(*needed) : "more") +
                                  " or more, or lower max_tokens",
                              needed, entry.cumulative, entry.spent};
    }
    const Coin amount = std::min(most, voucher.cumulative - taken);
    entry.cumulative = voucher.cumulative;
    entry.signature = voucher.signature;
    entry.reserved += amount;
    ++entry.calls;
    entries_[voucher.channel] = entry;
    return Reservation{voucher.channel, amount};
}

std::optional<VoucherProblem> ChannelBook::raise(const Voucher& voucher,
                                                 const std::optional<ledger::ChannelRecord>& record) {
    Entry entry = entry_of(voucher, record);
    if (auto problem = refuse(voucher, record, Again::yes, entry)) return problem;
    entry.cumulative = voucher.cumulative;
    entry.signature = voucher.signature;
    entries_[voucher.channel] = entry;
    return std::nullopt;
}

bool ChannelBook::extend(Reservation& reservation, Coin least, Coin most) {
    DURE_ASSERT(least <= most);
    if (least <= reservation.amount) return true;
    Entry& entry = entries_.at(reservation.channel);
    const Coin free = entry.cumulative - entry.spent - entry.reserved;
    if (least - reservation.amount > free) return false;
    const Coin more = std::min(most - reservation.amount, free);
    entry.reserved += more;
    reservation.amount += more;
    return true;
}

Coin ChannelBook::needed(const Reservation& reservation, Coin least) const {
    const Entry& entry = entries_.at(reservation.channel);
    const Coin missing = least > reservation.amount ? least - reservation.amount : Coin{};
    return std::max(entry.spent + entry.reserved + missing, entry.cumulative + Coin{1});
}

ChannelAccount ChannelBook::charge(const Reservation& reservation, Coin cost) {
    DURE_ASSERT(cost <= reservation.amount);
    Entry& entry = entries_.at(reservation.channel);
    DURE_ASSERT(entry.calls > 0);
    --entry.calls;
    entry.reserved -= reservation.amount;
    entry.spent += cost;
    DURE_ASSERT(entry.spent + entry.reserved <= entry.cumulative);
    return account_of(reservation.channel, entry);
}

void ChannelBook::release(const Reservation& reservation) {
    Entry& entry = entries_.at(reservation.channel);
    DURE_ASSERT(entry.calls > 0);
    --entry.calls;
    entry.reserved -= reservation.amount;
}

ChannelAccount ChannelBook::account_of(const Hash& channel, const Entry& entry) {
    return {channel, entry.cumulative, entry.signature, entry.spent};
}

std::optional<ChannelAccount> ChannelBook::find(const Hash& channel) const {
    const auto found = entries_.find(channel);
    if (found == entries_.end()) return std::nullopt;
    return account_of(channel, found->second);
}

std::vector<ChannelAccount> ChannelBook::accounts() const {
    std::vector<ChannelAccount> all;
    all.reserve(entries_.size());
    for (const auto& [channel, entry] : entries_)
        all.push_back(account_of(channel, entry));
    return all;
}

Coin ChannelBook::reserved(const Hash& channel) const {
    const auto found = entries_.find(channel);
    return found == entries_.end() ? Coin{} : found->second.reserved;
}

std::size_t ChannelBook::calls(const Hash& channel) const {
    const auto found = entries_.find(channel);
    return found == entries_.end() ? 0 : found->second.calls;
}

void ChannelBook::forget(const Hash& channel) {
    const auto found = entries_.find(channel);
    if (found != entries_.end() && found->second.calls == 0) entries_.erase(found);
}

}  // namespace dure::node
