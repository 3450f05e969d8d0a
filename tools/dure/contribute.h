// Contributing data: a text in normal form becomes a shard that the chain judges. Used by `dure contribute
// data` and the devnet.
#pragma once

#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/keys.h"
#include "base/result.h"
#include "tools/dure/api.h"

namespace dure::tools {

struct OfferedShard {
    Hash shard;
    std::uint64_t bytes = 0;
    std::string transaction;
};

/// Normalizes, uploads and offers a text; does not wait until it is final. Errors: `malformed` (not UTF-8),
/// `insufficient` (nothing in it) or what the node or the ledger refuses.
Result<OfferedShard> offer_text(Api& api, const SecretKey& key, std::string_view text,
                                const std::string& license, const std::string& language, Coin fee);

}  // namespace dure::tools
