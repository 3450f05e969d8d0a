#include "ledger/data/score_windows.h"

#include <vector>

#include "ledger/draws/draw.h"
#include "ledger/ownership/balances.h"

namespace dure::ledger {

namespace {

/// Shards of others that were offered before `shard` and shown after it, in the order shown. Those who were
/// offered before may be shown only until their offers expire, so this ends soon.
template <class Visit>
void visit_crossing(const StateReader& state, const ShardRecord& shard, Visit&& visit) {
    std::size_t seen = 0;
    Shown::scan_from(state, shard.show + 1, [&](std::uint64_t number, const Hash& hash) {
        if (++seen > k_max_pending_shards) return false;
        const ShardRecord other = Shards::get(state, hash);
        if (other.show != number) return true;  // it was shown anew later
        if (other.offer >= shard.offer || other.shown <= shard.shown || other.owner == shard.owner)
            return true;
        return visit(hash, other);
    });
}

struct Peer {
    Hash shard;
    std::uint64_t places = 0;  ///< where a window may begin
};

std::vector<Peer> peers_now(const StateReader& state, const ShardRecord& shard, std::uint64_t window_tokens) {
    std::vector<Peer> peers;
    for (const std::uint64_t row : shard.peers) {
        const SampledShard entry = SamplingTable::get(state, row);
        const ShardRecord other = Shards::get(state, entry.shard);
        const bool is_bonded = !load_account(state, other.owner).bonded.is_zero();
        if (other.status == ShardStatus::accepted && is_bonded && entry.tokens >= window_tokens)
            peers.push_back({entry.shard, entry.tokens - window_tokens + 1});
    }
    return peers;
}

}  // namespace

bool awaits_peers(const StateReader& state, const ShardRecord& shard) {
    bool waits = false;
    visit_crossing(state, shard, [&](const Hash&, const ShardRecord& other) {
        waits = other.status == ShardStatus::judging && !load_account(state, other.owner).bonded.is_zero();
        return !waits;
    });
    return waits;
}

BoundedList<std::uint64_t, k_max_score_peers> peers_of(const StateReader& state, const ShardRecord& shard) {
    BoundedList<std::uint64_t, k_max_score_peers> rows;
    visit_crossing(state, shard, [&](const Hash&, const ShardRecord& other) {
        if (other.status == ShardStatus::accepted) rows.push_back(other.row);
        return rows.size() < k_max_score_peers;
    });
    return rows;
}

void draw_score_windows(const StateReader& state, const Parameters& parameters, const ShardRecord& shard,
                        JudgingRecord& judging) {
    static const TaggedHash hash("dure/shard/windows");
    const ChainRecord chain = ChainInfo::get(state);
    const std::vector<Peer> peers = peers_now(state, shard, chain.window_tokens);
    Draw draw(hash(judging.seed.bytes));
    judging.windows.clear();
    judging.peer_windows = 0;
    for (std::uint32_t i = 0; i < parameters.scoring_windows; ++i) {
        if (i % 2 == 0 && !peers.empty()) {
            const Peer& peer = peers[static_cast<std::size_t>(draw.below(peers.size()))];
            judging.windows.push_back({peer.shard, static_cast<std::uint64_t>(draw.below(peer.places))});
            ++judging.peer_windows;
        } else if (chain.held_out_tokens >= chain.window_tokens) {
            const Uint128 first = draw.below(chain.held_out_tokens - chain.window_tokens + 1);
            judging.windows.push_back({std::nullopt, static_cast<std::uint64_t>(first)});
        }
    }
}

}  // namespace dure::ledger
