// Posts coins in place of a bond, so that the sender may train as a newcomer. A sponsor who pays the fee pays
// the deposit, too, and gets it back. A deposit that was being withdrawn stands again.
#pragma once

#include <tuple>

#include "base/codec.h"
#include "base/money.h"
#include "base/result.h"
#include "ledger/transactions/context.h"

namespace dure::ledger {

struct PostDeposit {
    static constexpr const char* k_name = "post_deposit";
    Coin amount{};

    static constexpr auto fields() { return std::tuple(&PostDeposit::amount); }
    friend bool operator==(const PostDeposit&, const PostDeposit&) = default;
};

/// What can be said without the state.
Status check(const PostDeposit& payload);
Status apply(const PostDeposit& payload, TransactionContext& context);

}  // namespace dure::ledger
