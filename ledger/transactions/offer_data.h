// Offers a shard without saying which, with a deposit: its place in the order of offers is what counts when
// two show the same text, and nobody can copy what they cannot read.
#pragma once

#include <tuple>

#include "base/codec.h"
#include "base/hash.h"
#include "base/result.h"
#include "ledger/records/shard.h"
#include "ledger/transactions/context.h"

namespace dure::ledger {

struct OfferData {
    static constexpr const char* k_name = "offer_data";
    Hash commitment{};  ///< offer_commitment(sender, salt, shard)

    static constexpr auto fields() { return std::tuple(&OfferData::commitment); }
    friend bool operator==(const OfferData&, const OfferData&) = default;
};

/// What can be said without the state.
Status check(const OfferData& payload);
Status apply(const OfferData& payload, TransactionContext& context);

}  // namespace dure::ledger
