#include "node/chain/versions.h"

#include <algorithm>

#include "base/protocol/block.h"
#include "ledger/views.h"

namespace dure::node {

namespace {

bool knows(const std::vector<std::uint32_t>& known, std::uint32_t version) {
    return std::find(known.begin(), known.end(), version) != known.end();
}

}  // namespace

std::vector<std::uint32_t> known_versions() {
    return {protocol::k_protocol_version};
}

Status require_known_version(const std::vector<std::uint32_t>& known, const ledger::StateReader& state) {
    const std::uint32_t running = ledger::protocol_version(state);
    if (knows(known, running)) return {};
    return Error{ErrorCode::unavailable,
                 "from height " + to_text(ledger::head(state).height.next()) +
                     " on the chain runs protocol version " + std::to_string(running) +
                     ", which this program does not know. Nothing is lost: install a program that knows it "
                     "and start it with the same data folder"};
}

std::string upgrade_warning(const std::vector<std::uint32_t>& known, const ledger::StateReader& state) {
    if (const Status running = require_known_version(known, state); !running) return running.error().message;
    const std::uint64_t epoch_blocks = ledger::parameters(state).epoch_blocks;
    for (const ledger::AcceptedUpgrade& upgrade : ledger::accepted_upgrades(state)) {
        if (knows(known, upgrade.version)) continue;
        return "from epoch " + to_text(upgrade.from) + " (height " +
               to_text(ledger::first_height_of(epoch_blocks, upgrade.from)) +
               ") on the chain is to run protocol version " + std::to_string(upgrade.version) +
               ", which this program does not know. Install a newer one before: this one stops there";
    }
    return {};
}

}  // namespace dure::node
