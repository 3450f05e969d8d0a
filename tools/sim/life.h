// What a simulated node holds in memory: gone with the power. Internal to tools/sim.
#pragma once

#include <deque>
#include <set>

#include "node/chain/block_sync.h"
#include "node/chain/epochs.h"
#include "node/chain/final_chain.h"
#include "node/chain/mempool.h"
#include "node/chain/recovery.h"
#include "node/chain/work.h"
#include "tools/sim/member.h"
#include "tools/sim/store.h"

namespace dure::sim {

struct Member::Life {
    Life(const Village& village, std::shared_ptr<const consensus::Verifier> verifier,
         node::BlockSync::Timing timing)
        : sync(village.chain_id, {{}, village.validators, {}}, timing, std::move(verifier)) {}

    std::unique_ptr<node::FinalChain> chain;
    std::optional<consensus::Simplex> simplex;
    std::optional<node::Journal> journal;
    consensus::Config fixed{};
    node::Silence silence;
    protocol::Epoch entered;
    node::Mempool mempool{{.transactions = 1'000, .bytes = std::size_t{1} << 20, .per_sender = 64}};
    node::BlockSync sync;
    std::deque<consensus::Event> waiting;
    bool in_turn = false;
    bool stopped = false;
    std::set<Hash> validating;
    std::vector<protocol::Transaction> outbox;
    bool gossip_waits = false;
    std::optional<Account> last_fetched_from;
    Time last_status{};
    std::optional<protocol::Proposal> last_proposal;  // for a planted mistake
};

}  // namespace dure::sim
