// The accounts of calls under way: what each may cost, what was promised to its server for it, what its receipt may
// claim. Works on a ChannelBook; who uses it writes the book before anything that was promised leaves. Pure: no socket,
// no clock, no file.
//
// Promises, for any interleaving of calls on any channels: a channel's promises only rise, each voucher promises more
// than every one before, never more than the deposit; an honest server's receipts are believed in any order they come
// in; a server is never believed to have earned more than was promised, or by more than the calls it was given may have
// cost.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "node/api/payment.h"
#include "tools/dure/paying/channel_book.h"

namespace dure::tools {

/// A call's part of the budget and of its channel, until it ends in one of Till's three ways.
struct Hold {
    Hash channel;
    Coin most;      ///< what the call may cost: its part of the budget
    Coin cover;     ///< how much of that is promised so far
    Coin promised;  ///< by the voucher that goes with it: cumulative
    Day day = 0;
    std::uint64_t number = 0;
};

struct TokenPrices {
    Coin input;
    Coin output;
};

class Till {
  public:
    /// `book` outlives this. What is uncertain in it is taken to come from calls that an earlier run lost.
    explicit Till(ChannelBook& book);

    /// How much the channel must hold for one more call of this cover.
    Coin deposit_needed(const OwnChannel& channel, Coin cover) const;

    /// Sets `most` of the budget aside, and promises `cover` of it. `at_least`: a sum that the server asks for; more than it
    /// can justify is refused. Errors: `insufficient` (the budget, or the deposit), `invalid` (such a sum).
    Result<Hold> promise(const Hash& channel, Coin most, Coin cover, Day today, Coin at_least = {});
    /// A call under way goes on: the server asks for a voucher of `cumulative`. Promises that, and `step` more than it
    /// strictly needs where the call's part of the budget has it. Errors: `insufficient` (the deposit), `invalid` (more than
    /// the call may cost); the hold is then as before.
    Status raise(Hold& hold, Coin cumulative, Coin step);
    /// How much the channel must hold for that.
    Coin deposit_for(const Hold& hold, Coin cumulative, Coin step) const;

    /// The call's end, with a receipt. Errors: `invalid` if it claims what cannot be; then the call's cover stays uncertain.
    Status settle(const Hold& hold, const node::PaymentReceipt& receipt, const TokenPrices& prices);
    /// The server's own word that it charges nothing.
    void refuse(const Hold& hold);
    /// It broke off: it may have cost anything up to its cover.
    void lose(const Hold& hold);

  private:
    struct Loss {
        Hash channel;
        Coin cover;
        std::uint64_t number = 0;  ///< of the newest call when it was lost
    };
    Coin forgiven(const Hash& channel) const;
    Coin more_cover(const OwnChannel& channel, const Hold& hold, Coin cumulative, Coin step) const;

    ChannelBook& book_;
    std::uint64_t calls_ = 0;
    std::vector<Loss> losses_;
    /// Covers of lost calls that receipts since then did not name: a server that was slow to see that its client had left
    /// may still do.
    std::map<Hash, Coin> forgiven_;
};

}  // namespace dure::tools
