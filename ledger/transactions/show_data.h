// Shows what an offer promised: the shard's name, what it is, and its sketch. From then on its text can be
// fetched, and it waits for its verdict.
#pragma once

#include <tuple>

#include "base/codec.h"
#include "base/hash.h"
#include "base/result.h"
#include "ledger/records/shard.h"
#include "ledger/transactions/context.h"

namespace dure::ledger {

struct ShowData {
    static constexpr const char* k_name = "show_data";
    Hash salt{};
    Hash shard{};  ///< name of the bytes as a blob
    std::uint64_t bytes = 0;
    License license{};    ///< SPDX identifier
    Language language{};  ///< BCP 47 tag
    Tags tags{};
    ShardKind kind{};
    Sketch sketch{};  ///< a false one makes the shard unusable

    static constexpr auto fields() {
        using T = ShowData;
        return std::tuple(&T::salt, &T::shard, &T::bytes, &T::license, &T::language, &T::tags, &T::kind,
                          &T::sketch);
    }
    friend bool operator==(const ShowData&, const ShowData&) = default;
};

/// What can be said without the state.
Status check(const ShowData& payload);
Status apply(const ShowData& payload, TransactionContext& context);

}  // namespace dure::ledger
