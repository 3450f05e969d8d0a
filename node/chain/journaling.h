// What consensus wants kept, into the journal: the node's actor does it, and so does the simulator.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "base/result.h"
#include "consensus/simplex.h"
#include "node/storage/journal.h"

namespace dure::node {

/// A journal of these records in the place of the one that is there, if any.
using RenewJournal = std::function<Result<Journal>(std::span<const Bytes>)>;

/// Makes the effects' records durable, with one fdatasync. Returns the last one's number, which consensus is to be told as
/// Persisted; nothing if there were none. A journal is there when there are records (asserted). Errors: `io`; the node
/// must stop then.
Result<std::optional<std::uint64_t>> keep_records(std::optional<Journal>& journal,
                                                  const consensus::Effects& effects,
                                                  const RenewJournal& renew);

/// Replaces a journal larger than `bytes` by the records that are still needed, if that is worth it. Errors: as above.
Status compact(std::optional<Journal>& journal, const consensus::Simplex& simplex, std::uint64_t bytes);

}  // namespace dure::node
