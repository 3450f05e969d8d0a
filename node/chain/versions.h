// Which protocol versions this program knows, against those that the chain runs and is going to run. A node stops
// after the last block of the versions that it knows, before the first one that it would have to guess at; a newer
// program goes on from there in the same folder.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "ledger/state/reader.h"

namespace dure::node {

/// The product's.
std::vector<std::uint32_t> known_versions();

/// Errors: `unavailable` if the block after this state is of a version that is not known: what to do.
Status require_known_version(const std::vector<std::uint32_t>& known, const ledger::StateReader& state);

/// What to tell people if the chain runs a version that is not known, or an upgrade to one has been accepted; else
/// empty.
std::string upgrade_warning(const std::vector<std::uint32_t>& known, const ledger::StateReader& state);

}  // namespace dure::node
