// Contributing data: a text in normal form, or a table of examples with a template, becomes a shard that is first
// offered by a commitment and then shown. Used by `dure contribute data` and the devnet.
//
// Promise: both steps can be repeated. The salt is made from the key and the shard, so whoever was interrupted
// between them goes on where he was, with nothing but his key and his file.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/keys.h"
#include "base/result.h"
#include "ledger/records/shard.h"
#include "tools/dure/api.h"

namespace dure::tools {

struct ContributionOptions {
    std::string license;
    std::string language = "ko";
    std::vector<std::string> tags;
    std::string pattern;  ///< of examples; empty: plain text
};

/// A shard as it will be shown, but for its salt.
struct Contribution {
    Hash shard;
    std::string bytes;
    ledger::License license;
    ledger::Language language;
    ledger::Tags tags;
    ledger::ShardKind kind;
    ledger::Sketch sketch;
};

/// From the text of a file; `name` says by its ending what a table is written as (.tsv or .jsonl). Errors:
/// `malformed` (not UTF-8, no table, a template that does not fit), `insufficient` (nothing in it),
/// `out_of_range` (license, language, tags or template too long).
Result<Contribution> make_contribution(const std::string& name, std::string_view content,
                                       const ContributionOptions& options);

/// What the node's state says of it.
enum class ContributionStage : std::uint8_t { fresh, offered, shown };
/// Errors: `duplicate` if the same shard is somebody else's, or was judged already.
Result<ContributionStage> stage_of(Api& api, const SecretKey& key, const Contribution& contribution);

/// Offers it; does not wait until that is final. Returns the transaction's id.
Result<std::string> offer_data(Api& api, const SecretKey& key, const Contribution& contribution, Coin fee);
/// Waits until the offer may be shown, uploads the bytes and shows them; does not wait until that is final.
Result<std::string> show_data(Api& api, const SecretKey& key, const Contribution& contribution, Coin fee);

}  // namespace dure::tools
