#include "node/chain/epochs.h"

#include "base/assert.h"
#include "ledger/views.h"

namespace dure::node {

consensus::Config RunningEpoch::config(consensus::Config fixed) const {
    fixed.epoch = voters.epoch;
    fixed.validators = voters.validators;
    fixed.leader_seed = leader_seed;
    fixed.version = version;
    fixed.root = root;
    fixed.root_height = root_height;
    fixed.root_finalization = root_finalization;
    fixed.last_height = voters.last_height;
    return fixed;
}

BlockSync::Voters voters_after(const ledger::StateReader& state) {
    const protocol::Epoch running = ledger::current_epoch(state);
    const auto record = ledger::epoch(state, running);
    DURE_ASSERT(record.has_value());
    return {.epoch = running,
            .validators = record->validators,
            .last_height = ledger::last_height_of(ledger::parameters(state).epoch_blocks, running)};
}

Result<RunningEpoch> running_epoch(const FinalChain& chain) {
    RunningEpoch running{.voters = voters_after(chain.state()),
                         .leader_seed = {},
                         .version = ledger::protocol_version(chain.state()),
                         .root = chain.genesis_block(),
                         .root_height = {},
                         .root_finalization = {},
                         .newest = {}};
    const auto record = ledger::epoch(chain.state(), running.voters.epoch);
    running.leader_seed = record->leader_seed;
    running.root_height = {record->first.value - 1};
    const auto& kept = chain.log().epoch_root();
    if (kept && running.root_height < chain.log().first()) {
        running.root = protocol::block_of(kept->vote).value_or(Hash{});
        running.root_finalization = kept;
    } else if (running.root_height.value > 0) {
        DURE_TRY(FinalBlock root, chain.log().read(running.root_height));
        if (!root.finalization)
            return Error{ErrorCode::corrupt, "the block log lacks the finalization of height " +
                                                 to_text(running.root_height) + ", the last of its epoch"};
        running.root = protocol::block_hash(root.block);
        running.root_finalization = std::move(root.finalization);
    }
    const Head head = chain.head();
    if (head.height > running.root_height && chain.finalization())
        running.newest = consensus::FinalBlock{.height = head.height, .finalization = *chain.finalization()};
    return running;
}

}  // namespace dure::node
