#include "ledger/data/score_windows.h"

#include <algorithm>
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

Shares bonded_by(const StateReader& state, const Account& account) {
    return load_account(state, account).bonded;
}

/// A shard that windows may be drawn from now.
struct Peer {
    Account owner;
    Shares bonded;  ///< the owner's: the weight of its lot
    Hash shard;
    std::uint64_t tokens = 0;
    std::uint64_t row = 0;
};

std::vector<Peer> peers_now(const StateReader& state, const ShardRecord& shard, std::uint64_t window_tokens) {
    std::vector<Peer> peers;
    for (const std::uint64_t row : shard.peers) {
        const SampledShard entry = SamplingTable::get(state, row);
        const ShardRecord other = Shards::get(state, entry.shard);
        const Shares bonded = bonded_by(state, other.owner);
        if (other.status == ShardStatus::accepted && !bonded.is_zero() && entry.tokens >= window_tokens)
            peers.push_back({other.owner, bonded, entry.shard, entry.tokens, row});
    }
    return peers;
}

}  // namespace

bool awaits_peers(const StateReader& state, const ShardRecord& shard) {
    bool waits = false;
    visit_crossing(state, shard, [&](const Hash&, const ShardRecord& other) {
        waits = other.status == ShardStatus::judging && !bonded_by(state, other.owner).is_zero();
        return !waits;
    });
    return waits;
}

BoundedList<std::uint64_t, k_max_score_peers> peers_of(const StateReader& state, const ShardRecord& shard) {
    std::vector<Peer> peers;  // one an owner: its longest
    visit_crossing(state, shard, [&](const Hash& hash, const ShardRecord& other) {
        const Shares bonded = bonded_by(state, other.owner);
        if (other.status != ShardStatus::accepted || bonded.is_zero()) return true;
        const auto known = std::find_if(peers.begin(), peers.end(),
                                        [&](const Peer& one) { return one.owner == other.owner; });
        const Peer peer{other.owner, bonded, hash, other.answer.tokens, other.row};
        if (known == peers.end()) {
            peers.push_back(peer);
        } else if (known->tokens < peer.tokens) {
            *known = peer;
        }
        return true;
    });
    std::stable_sort(peers.begin(), peers.end(),
                     [](const Peer& a, const Peer& b) { return a.bonded > b.bonded; });
    BoundedList<std::uint64_t, k_max_score_peers> rows;
    for (const Peer& peer : peers) {
        if (rows.size() < k_max_score_peers) rows.push_back(peer.row);
    }
    return rows;
}

void draw_score_windows(const StateReader& state, const Parameters& parameters, const ShardRecord& shard,
                        JudgingRecord& judging) {
    static const TaggedHash hash("dure/shard/windows");
    const ChainRecord chain = ChainInfo::get(state);
    const std::vector<Peer> peers = peers_now(state, shard, chain.window_tokens);
    std::vector<Candidate> lots;
    for (const Peer& peer : peers)
        lots.push_back({peer.owner, peer.bonded});
    Draw draw(hash(judging.seed.bytes));
    const auto place_in = [&](std::uint64_t tokens) {
        return static_cast<std::uint64_t>(draw.below(tokens - chain.window_tokens + 1));
    };
    judging.windows.clear();
    judging.peer_windows = 0;
    for (std::uint32_t i = 0; i < parameters.scoring_windows; ++i) {
        if (const auto drawn = draw_one(draw, lots)) {
            const auto peer = std::find_if(peers.begin(), peers.end(),
                                           [&](const Peer& one) { return one.owner == drawn->account; });
            judging.windows.push_back({peer->shard, place_in(peer->tokens)});
            ++judging.peer_windows;
        } else if (chain.held_out_tokens >= chain.window_tokens) {
            judging.windows.push_back({std::nullopt, place_in(chain.held_out_tokens)});
        }
    }
}

}  // namespace dure::ledger
