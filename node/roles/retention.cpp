#include "node/roles/retention.h"

#include "ledger/views.h"

namespace dure::node {

namespace {

/// Voided rounds leave gaps between checkpoints; this bounds how far back is looked.
constexpr std::uint64_t k_max_rounds_back = 256;

void insert_roots(std::set<Hash>& blobs, const StateRoots& roots) {
    blobs.insert({roots.parameters, roots.first_moment, roots.second_moment});
}

/// States that a unit's trainer served or opened.
void insert_states(std::set<Hash>& blobs, const ledger::UnitRecord& unit) {
    for (const ledger::ServedState& start : unit.starts)
        insert_roots(blobs, start.roots);
    if (unit.opened) insert_roots(blobs, unit.opened->last);
}

bool is_text_needed(const ledger::ShardRecord& shard, std::uint64_t live, const RetentionRule& rule) {
    switch (shard.status) {
        case ledger::ShardStatus::judging:
        case ledger::ShardStatus::accepted:
            return true;
        case ledger::ShardStatus::withdrawn:
            // Units of the rounds that were under way may still be replayed.
            return live <= shard.withdrawn_in.value + rule.rounds;
        case ledger::ShardStatus::rejected:
        case ledger::ShardStatus::duplicate:
        case ledger::ShardStatus::lapsed:
            return false;
    }
    return false;
}

}  // namespace

std::set<Hash> blobs_in_use(const ledger::StateReader& state, const ledger::GenesisModel& genesis,
                            const RetentionRule& rule) {
    std::set<Hash> used{genesis.tokenizer_blob, genesis.checkpoint_blob, genesis.held_out_blob};
    const ledger::HeadRecord head = ledger::head(state);
    used.insert(head.checkpoint.blob);
    std::uint64_t checkpoints = 0;
    // A receipt may be reported for so long, and is replayed on what was the newest then.
    const std::uint64_t age = ledger::parameters(state).receipt_age_blocks;
    protocol::Height newer_since = head.height;  ///< the checkpoint before stopped being the newest
    const std::uint64_t live = head.live.value;
    for (std::uint64_t back = 0; back < k_max_rounds_back && back < live; ++back) {
        const bool with_updates = back <= rule.rounds;
        const bool is_replayed = newer_since.value + age >= head.height.value;
        if (!with_updates && checkpoints >= rule.checkpoints && !is_replayed) break;
        const auto round = ledger::round(state, protocol::Round{live - back});
        if (!round) continue;
        if (back == 0) {
            used.insert(round->record.base.blob);
            for (const auto& one : round->attestations)
                if (one.record.opened) used.insert(one.record.opened->blob);
        }
        if (round->record.result && (checkpoints < rule.checkpoints || is_replayed)) {
            used.insert(round->record.result->blob);
            ++checkpoints;
        }
        if (round->record.result) newer_since = round->record.closed;
        if (!with_updates) continue;
        used.insert(round->record.base.blob);  // whoever audits a unit again begins there
        for (const auto& unit : round->units) {
            if (unit.record.revealed) used.insert(unit.record.revealed->update);
            if (back == 0) insert_states(used, unit.record);
        }
    }
    for (const ledger::DisputeTurn& open : ledger::open_disputes(state)) {
        used.insert(open.unit.base.blob);
        if (open.unit.record.revealed) used.insert(open.unit.record.revealed->update);
        insert_states(used, open.unit.record);
        insert_roots(used, open.dispute.start);
    }
    for (const ledger::ReceiptCaseView& open : ledger::open_receipt_cases(state))
        used.insert(open.record.checkpoint.blob);
    std::optional<Hash> from;
    do {
        const auto page = ledger::shards(state, from, ledger::k_max_page);
        for (const ledger::ShardView& shard : page.entries) {
            if (is_text_needed(shard.record, live, rule)) used.insert(shard.hash);
            if (shard.judging) used.insert(shard.judging->scored_against.blob);
        }
        from = page.next;
    } while (from);
    return used;
}

std::set<Hash> spent_states(const ledger::StateReader& state, const RetentionRule& rule) {
    std::set<Hash> spent;
    const std::uint64_t live = ledger::head(state).live.value;
    for (std::uint64_t back = 1; back <= rule.rounds + 1 && back < live; ++back) {
        const auto round = ledger::round(state, protocol::Round{live - back});
        if (!round) continue;
        for (const auto& unit : round->units)
            insert_states(spent, unit.record);
    }
    return spent;
}

std::vector<Hash> Retention::sweep(const std::vector<StoredBlob>& stored, const std::set<Hash>& in_use,
                                   const std::set<Hash>& spent, protocol::Height now) {
    std::vector<Hash> doomed;
    std::map<Hash, protocol::Height> still;
    for (const StoredBlob& blob : stored) {
        if (in_use.contains(blob.name)) continue;
        const auto known = useless_since_.find(blob.name);
        const protocol::Height since = known == useless_since_.end() ? now : known->second;
        if (now.value - since.value >= rule_.grace_blocks || spent.contains(blob.name)) {
            doomed.push_back(blob.name);
        } else {
            still.emplace(blob.name, since);
        }
    }
    useless_since_ = std::move(still);
    return doomed;
}

}  // namespace dure::node
