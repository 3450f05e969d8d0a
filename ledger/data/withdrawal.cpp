#include "ledger/data/withdrawal.h"

#include <vector>

#include "ledger/data/sampling.h"
#include "ledger/ownership/balances.h"
#include "ledger/ownership/slashing.h"

namespace dure::ledger {

namespace {

std::vector<Account> voters_against(const StateReader& state, const Hash& shard) {
    std::vector<Account> voters;
    WithdrawVotes::scan_part(state, shard, [&](const ShardAccountKey& key, const Nothing&) {
        voters.push_back(key.account);
        return true;
    });
    return voters;
}

/// The shard may be under way to a new score.
void drop_judging(Overlay& state, const ShardRecord& record) {
    if (!Judgings::contains(state, record.offer)) return;
    Judgings::erase(state, record.offer);
    DataRecord totals = DataTotals::get(state);
    --totals.rejudging;
    DataTotals::put(state, totals);
}

}  // namespace

void withdraw_shard(Overlay& state, const Parameters& parameters, const Hash& shard, bool by_vote,
                    protocol::Height height, Events& events) {
    ShardRecord record = Shards::get(state, shard);
    DURE_ASSERT(record.status == ShardStatus::accepted);
    drop_judging(state, record);
    set_sampled_weight(state, record.row, 0);
    for (const Account& voter : voters_against(state, shard))
        WithdrawVotes::erase(state, {shard, voter});
    record.status = ShardStatus::withdrawn;
    record.since = height;
    record.withdrawn_in = Head::get(state).live;
    Shards::put(state, shard, record);
    const Shares burned = claw_back_shard(state, parameters, shard, height, events);
    events.push_back(DataWithdrawn{.shard = shard, .by_vote = by_vote, .clawed_back = burned});
}

Shares votes_against(const StateReader& state, const Hash& shard) {
    Shares sum;
    for (const Account& voter : voters_against(state, shard))
        sum += load_account(state, voter).bonded;
    return sum;
}

}  // namespace dure::ledger
