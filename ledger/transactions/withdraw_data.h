// Takes an accepted shard out: at once by its owner; by others when those who say so have more than
// `withdraw_vote_bp` of all bonded shares.
#pragma once

#include <tuple>

#include "base/codec.h"
#include "base/hash.h"
#include "base/result.h"
#include "ledger/transactions/context.h"

namespace dure::ledger {

struct WithdrawData {
    static constexpr const char* k_name = "withdraw_data";
    Hash shard{};

    static constexpr auto fields() { return std::tuple(&WithdrawData::shard); }
    friend bool operator==(const WithdrawData&, const WithdrawData&) = default;
};

/// What can be said without the state.
Status check(const WithdrawData& payload);
Status apply(const WithdrawData& payload, TransactionContext& context);

}  // namespace dure::ledger
