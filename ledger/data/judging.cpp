#include "ledger/data/judging.h"

#include <algorithm>
#include <vector>

#include "ledger/data/sampling.h"
#include "ledger/draws/draw.h"
#include "ledger/draws/reveals.h"
#include "ledger/ownership/balances.h"
#include "ledger/ownership/owner_pool.h"

namespace dure::ledger {

namespace {

Hash committee_stream(const Hash& beacon, const Hash& shard, std::uint32_t redraw) {
    static const TaggedHash hash("dure/shard/committee");
    return hash({beacon.bytes, shard.bytes, encode(redraw)});
}

Hash scoring_seed(const Hash& beacon, const Hash& shard) {
    static const TaggedHash hash("dure/shard/seed");
    return hash({beacon.bytes, shard.bytes});
}

/// The shard is no longer pending. Its deposit is the caller's to move.
void close_shard(Overlay& state, const Hash& hash, ShardRecord& shard, ShardStatus status,
                 protocol::Height height, Events& events) {
    shard.status = status;
    shard.since = height;
    PendingShards::erase(state, hash);
    DataRecord totals = DataTotals::get(state);
    --totals.pending;
    DataTotals::put(state, totals);
    const std::uint32_t rest = PendingOffers::get(state, shard.owner) - 1;
    if (rest == 0) {
        PendingOffers::erase(state, shard.owner);
    } else {
        PendingOffers::put(state, shard.owner, rest);
    }
    TreasuryRecord treasury = Treasury::get(state);
    treasury.shard_deposits -= shard.deposit;
    Treasury::put(state, treasury);
    events.push_back(DataJudged{.shard = hash, .status = status, .answer = shard.answer});
}

void lapse(Overlay& state, const Hash& hash, ShardRecord& shard, protocol::Height height, Events& events) {
    close_shard(state, hash, shard, ShardStatus::lapsed, height, events);
    credit(state, shard.depositor, shard.deposit);
}

void reject(Overlay& state, const Hash& hash, ShardRecord& shard, protocol::Height height, Events& events) {
    close_shard(state, hash, shard, ShardStatus::rejected, height, events);
    PoolRecord pool = Pool::get(state);
    accrue(pool, shard.deposit);
    Pool::put(state, pool);
}

void accept(Overlay& state, const Hash& hash, ShardRecord& shard, protocol::Height height, Events& events) {
    close_shard(state, hash, shard, ShardStatus::accepted, height, events);
    credit(state, shard.depositor, shard.deposit);
    const Uint128 weight =
        sampling_weight_of(shard.answer.score, shard.answer.tokens, ChainInfo::get(state).window_tokens);
    shard.index = add_sampled(
        state, {.shard = hash, .tokens = shard.answer.tokens, .weight = SamplingWeight::of(weight)});
    DataRecord totals = DataTotals::get(state);
    totals.tokens += shard.answer.tokens;
    DataTotals::put(state, totals);
}

/// Scorers who said what was decided are paid with the next mint.
void credit_scorers(Overlay& state, const ShardRecord& shard) {
    for (const Scorer& scorer : shard.committee) {
        if (scorer.answer != shard.answer) continue;
        CreditRecord credit = Credits::find(state, scorer.account).value_or(CreditRecord{});
        ++credit.scorings;
        Credits::put(state, scorer.account, credit);
    }
}

/// The answer that more than two thirds of the committee's weight gave.
std::optional<ShardAnswer> agreed_answer(const ShardRecord& shard) {
    Uint128 total = 0;
    for (const Scorer& scorer : shard.committee)
        total += scorer.weight.value;
    for (const Scorer& candidate : shard.committee) {
        if (!candidate.answer) continue;
        Uint128 weight = 0;
        for (const Scorer& scorer : shard.committee) {
            if (scorer.answer == candidate.answer) weight += scorer.weight.value;
        }
        if (weight * 3 > total * 2) return candidate.answer;
    }
    return std::nullopt;
}

/// Who may be drawn in this block; looked up once, when somebody is.
class Electorate {
  public:
    explicit Electorate(const StateReader& state) : state_(state) {}
    const std::vector<Candidate>& everybody() {
        if (!trainers_) trainers_ = bonded_trainers(state_);
        return *trainers_;
    }

  private:
    const StateReader& state_;
    std::optional<std::vector<Candidate>> trainers_;
};

/// Fills the committee up. False if nobody could be drawn.
bool draw_committee(Overlay& state, Electorate& electorate, const Parameters& parameters, const Hash& hash,
                    ShardRecord& shard, protocol::Height height, Events& events) {
    std::vector<Candidate> candidates = electorate.everybody();
    std::erase_if(candidates, [&](const Candidate& candidate) {
        return candidate.account == shard.owner ||
               std::any_of(shard.committee.begin(), shard.committee.end(),
                           [&](const Scorer& scorer) { return scorer.account == candidate.account; });
    });
    const Hash beacon = Beacon::get(state).value;
    Draw draw(committee_stream(beacon, hash, shard.redraws));
    const auto drawn =
        draw_several(draw, std::move(candidates), parameters.data_committee - shard.committee.size());
    if (drawn.empty()) return false;
    if (shard.redraws == 0) {
        shard.seed = scoring_seed(beacon, hash);
        shard.scored_against = Head::get(state).checkpoint;
    }
    shard.status = ShardStatus::scoring;
    shard.since = height;
    shard.deadline = height + parameters.scoring_blocks;
    for (const Candidate& one : drawn) {
        shard.committee.push_back({.account = one.account, .weight = one.weight, .answer = std::nullopt});
        events.push_back(ScorerDrawn{.shard = hash, .scorer = one.account, .deadline = shard.deadline});
    }
    return true;
}

void advance_shard(Overlay& state, Electorate& electorate, const Parameters& parameters, const Hash& hash,
                   protocol::Height height, Events& events) {
    ShardRecord shard = Shards::get(state, hash);
    if (shard.status == ShardStatus::waiting) {
        if (!beacon_matured(state, shard.since)) return;
        if (!draw_committee(state, electorate, parameters, hash, shard, height, events)) {
            if (shard.redraws == 0) return;  // nobody who could score has a bond yet
            lapse(state, hash, shard, height, events);
        }
    } else {
        if (height < shard.deadline) return;
        if (shard.redraws == parameters.scoring_redraws) {
            lapse(state, hash, shard, height, events);
        } else {
            std::erase_if(shard.committee, [](const Scorer& scorer) { return !scorer.answer; });
            shard.status = ShardStatus::waiting;
            shard.since = height;
            ++shard.redraws;
        }
    }
    Shards::put(state, hash, shard);
}

}  // namespace

void judge_shard(Overlay& state, const Hash& hash, ShardRecord shard, protocol::Height height,
                 Events& events) {
    const auto answer = agreed_answer(shard);
    const bool all_answered = std::all_of(shard.committee.begin(), shard.committee.end(),
                                          [](const Scorer& one) { return one.answer.has_value(); });
    if (answer) {
        shard.answer = *answer;
        credit_scorers(state, shard);
        if (answer->tokens == 0) {
            reject(state, hash, shard, height, events);
        } else {
            accept(state, hash, shard, height, events);
        }
    } else if (all_answered) {
        lapse(state, hash, shard, height, events);
    }
    Shards::put(state, hash, shard);
}

void advance_shards(Overlay& state, const Parameters& parameters, protocol::Height height, Events& events) {
    if (DataTotals::get(state).pending == 0) return;
    std::vector<Hash> pending;
    PendingShards::scan(state, [&](const Hash& hash, const Nothing&) {
        pending.push_back(hash);
        return true;
    });
    DURE_ASSERT(pending.size() <= k_max_pending_shards);
    Electorate electorate(state);
    for (const Hash& hash : pending)
        advance_shard(state, electorate, parameters, hash, height, events);
}

}  // namespace dure::ledger
