// A stopped node's chain, read whole and held against the rules: what `dure db check` does. Nothing is taken for
// granted that a later step can count again; each finding says what was looked at, and what to do if it is wrong.
//
// Opening the files repairs what a crash has left unfinished, as a start does; else nothing is changed.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "ledger/records/genesis.h"

namespace dure::node {

struct StoreFinding {
    std::string what;            ///< "block log", "finalizations", "state", …
    std::string detail;          ///< what was found good, with its numbers
    std::optional<Error> error;  ///< what is wrong, and the remedy
};

struct StoreCheckOptions {
    bool replay = false;  ///< execute every block again, from genesis
};

/// Findings in order; each is told to `told` as soon as it is known. What depends on something that could not be
/// opened is left out. Errors: `not_found` (no chain in that directory), `conflict` (a node holds it).
Result<std::vector<StoreFinding>> check_store(const ledger::Genesis& genesis,
                                              const std::filesystem::path& directory,
                                              const StoreCheckOptions& options,
                                              const std::function<void(const StoreFinding&)>& told);

}  // namespace dure::node
