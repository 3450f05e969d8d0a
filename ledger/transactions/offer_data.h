// Offers a shard, with a deposit that comes back unless the shard is unusable. Exact duplicates are refused
// in favour of the first offer.
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
    Hash shard{};  ///< name of the bytes: normalized UTF-8 text as a blob
    std::uint64_t bytes = 0;
    License license{};    ///< SPDX identifier
    Language language{};  ///< BCP 47 tag

    static constexpr auto fields() {
        return std::tuple(&OfferData::shard, &OfferData::bytes, &OfferData::license, &OfferData::language);
    }
    friend bool operator==(const OfferData&, const OfferData&) = default;
};

/// What can be said without the state.
Status check(const OfferData& payload);
Status apply(const OfferData& payload, TransactionContext& context);

}  // namespace dure::ledger
