// A drawn scorer's answer about a shard. When more than two thirds of the committee's weight say the same,
// the shard is judged.
#pragma once

#include <tuple>

#include "base/codec.h"
#include "base/hash.h"
#include "base/result.h"
#include "ledger/records/shard.h"
#include "ledger/transactions/context.h"

namespace dure::ledger {

struct AttestData {
    static constexpr const char* k_name = "attest_data";
    Hash shard{};
    ShardAnswer answer{};  ///< no tokens: the bytes are not usable text of that name

    static constexpr auto fields() { return std::tuple(&AttestData::shard, &AttestData::answer); }
    friend bool operator==(const AttestData&, const AttestData&) = default;
};

/// What can be said without the state.
Status check(const AttestData& payload);
Status apply(const AttestData& payload, TransactionContext& context);

}  // namespace dure::ledger
