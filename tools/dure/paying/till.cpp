#include "tools/dure/paying/till.h"

#include <algorithm>

namespace dure::tools {

namespace {

/// A server may round nothing and invent nothing: tokens times prices.
bool adds_up(const node::PaymentReceipt& receipt, const TokenPrices& prices) {
    const Uint128 sum = static_cast<Uint128>(receipt.input_tokens) * prices.input.value +
                        static_cast<Uint128>(receipt.output_tokens) * prices.output.value;
    return sum == receipt.cost.value;
}

Coin saturating(Coin a, Coin b) {
    return checked_sub(a, b).value_or(Coin{});
}

Error not_in_book(const Hash& id) {
    return {ErrorCode::not_found, "the channel " + id.hex() + " is not in the book"};
}

Error over_deposit(const OwnChannel& channel, Coin promised) {
    return {ErrorCode::insufficient, "the channel " + channel.id.hex() + " holds " +
                                         to_text(channel.deposit) + " DURE, and " + to_text(promised) +
                                         " would be promised"};
}

}  // namespace

Till::Till(ChannelBook& book) : book_(book) {
    for (const OwnChannel& channel : book_.channels()) {
        if (!channel.uncertain.is_zero()) losses_.push_back({channel.id, channel.uncertain, 0});
    }
}

Coin Till::forgiven(const Hash& channel) const {
    const auto found = forgiven_.find(channel);
    return found == forgiven_.end() ? Coin{} : found->second;
}

Coin Till::deposit_needed(const OwnChannel& channel, Coin cover) const {
    return std::max(channel.promised + Coin{1}, channel.spent + channel.uncertain + cover);
}

Result<Hold> Till::promise(const Hash& id, Coin most, Coin cover, Day today, Coin at_least) {
    OwnChannel* const channel = book_.find(id);
    if (channel == nullptr) return not_in_book(id);
    if (most.value > k_max_supply || cover > most || at_least.value > k_max_supply)
        return Error{ErrorCode::invalid, "the server asks for more than the call may cost"};
    const Coin justified =
        std::max(channel->spent + channel->uncertain + forgiven(id) + cover, channel->promised + Coin{1});
    if (at_least > justified) {
        return Error{ErrorCode::invalid, "the server asks for a voucher over " + to_text(at_least) +
                                             " DURE, but all calls together cost at most " +
                                             to_text(justified)};
    }
    const Coin promised = std::max(deposit_needed(*channel, cover), at_least);
    if (promised > channel->deposit) return over_deposit(*channel, promised);
    DURE_TRY(const Day day, book_.budget.hold(today, most));
    channel->promised = promised;
    channel->uncertain += cover;
    return Hold{id, most, cover, promised, day, ++calls_};
}

Coin Till::more_cover(const OwnChannel& channel, const Hold& hold, Coin cumulative, Coin step) const {
    const Coin needed = saturating(cumulative, channel.spent + channel.uncertain);
    return std::max(needed, std::min(step, saturating(hold.most, hold.cover)));
}

Coin Till::deposit_for(const Hold& hold, Coin cumulative, Coin step) const {
    const OwnChannel* const channel = book_.find(hold.channel);
    if (channel == nullptr || cumulative.value > k_max_supply) return {};
    return std::max(cumulative, deposit_needed(*channel, more_cover(*channel, hold, cumulative, step)));
}

Status Till::raise(Hold& hold, Coin cumulative, Coin step) {
    OwnChannel* const channel = book_.find(hold.channel);
    if (channel == nullptr) return not_in_book(hold.channel);
    if (cumulative.value > k_max_supply)
        return Error{ErrorCode::invalid, "the server asks for more than all coins"};
    const Coin more = more_cover(*channel, hold, cumulative, step);
    if (more > saturating(hold.most, hold.cover)) {
        return Error{ErrorCode::invalid, "the server asks for " + to_text(hold.cover + more) +
                                             " DURE for a call that may cost " + to_text(hold.most)};
    }
    const Coin promised = std::max(cumulative, deposit_needed(*channel, more));
    if (promised > channel->deposit) return over_deposit(*channel, promised);
    channel->promised = promised;
    channel->uncertain += more;
    hold.cover += more;
    hold.promised = promised;
    return {};
}

Status Till::settle(const Hold& hold, const node::PaymentReceipt& receipt, const TokenPrices& prices) {
    OwnChannel* const channel = book_.find(hold.channel);
    if (channel == nullptr) return not_in_book(hold.channel);
    const Coin others = saturating(channel->uncertain, hold.cover) + forgiven(hold.channel);
    const bool honest = receipt.reference == hold.channel && receipt.cost <= hold.cover &&
                        receipt.spent >= receipt.cost && receipt.spent <= channel->promised &&
                        receipt.cumulative <= channel->promised && adds_up(receipt, prices) &&
                        receipt.spent <= channel->spent + others + receipt.cost;
    if (!honest) {
        return Error{ErrorCode::invalid, "the server's receipt claims " + to_text(receipt.cost) +
                                             " DURE for " + std::to_string(receipt.input_tokens) + " + " +
                                             std::to_string(receipt.output_tokens) + " tokens and " +
                                             to_text(receipt.spent) +
                                             " DURE in all, where the call may cost " + to_text(hold.cover) +
                                             ", " + to_text(channel->spent) +
                                             " was spent before and calls without a receipt may have cost " +
                                             to_text(others) + "; it is not used again"};
    }
    channel->uncertain = saturating(channel->uncertain, hold.cover);
    Coin& late = forgiven_[hold.channel];
    std::erase_if(losses_, [&](const Loss& loss) {
        if (loss.channel != hold.channel || loss.number >= hold.number) return false;
        channel->uncertain = saturating(channel->uncertain, loss.cover);
        late += loss.cover;
        return true;
    });
    // With no other call under way, what the receipt names beyond the known ones are lost calls that were charged after
    // all.
    if (channel->uncertain.is_zero())
        late = saturating(late, saturating(receipt.spent, channel->spent + receipt.cost));
    channel->spent = std::max(channel->spent, receipt.spent);
    book_.budget.settle(hold.day, hold.most, receipt.cost);
    return {};
}

void Till::refuse(const Hold& hold) {
    if (OwnChannel* const channel = book_.find(hold.channel); channel != nullptr)
        channel->uncertain = saturating(channel->uncertain, hold.cover);
    book_.budget.settle(hold.day, hold.most, {});
}

void Till::lose(const Hold& hold) {
    losses_.push_back({hold.channel, hold.cover, calls_});
    // What was never promised cannot have been spent.
    book_.budget.settle(hold.day, saturating(hold.most, hold.cover), {});
}

}  // namespace dure::tools
