// A drawn scorer's answer about a shard, in two steps: a commitment while the others still work, then the
// answer and the salt.
#pragma once

#include <tuple>
#include <variant>

#include "base/codec.h"
#include "base/hash.h"
#include "base/result.h"
#include "ledger/records/judging.h"
#include "ledger/transactions/context.h"

namespace dure::ledger {

struct CommitAnswer {
    Hash commitment{};  ///< answer_commitment(sender, shard, answer, salt)
    static constexpr auto fields() { return std::tuple(&CommitAnswer::commitment); }
    friend bool operator==(const CommitAnswer&, const CommitAnswer&) = default;
};
struct OpenAnswer {
    ShardAnswer answer{};  ///< no tokens: the bytes are not usable text of that name
    Hash salt{};
    static constexpr auto fields() { return std::tuple(&OpenAnswer::answer, &OpenAnswer::salt); }
    friend bool operator==(const OpenAnswer&, const OpenAnswer&) = default;
};

struct AttestData {
    static constexpr const char* k_name = "attest_data";
    Hash shard{};
    std::variant<CommitAnswer, OpenAnswer> step{};

    static constexpr auto fields() { return std::tuple(&AttestData::shard, &AttestData::step); }
    friend bool operator==(const AttestData&, const AttestData&) = default;
};

/// What can be said without the state.
Status check(const AttestData& payload);
Status apply(const AttestData& payload, TransactionContext& context);

}  // namespace dure::ledger
