#include "ledger/data/verdicts.h"

#include <algorithm>
#include <set>

#include "ledger/data/duplicates.h"
#include "ledger/data/offers.h"
#include "ledger/data/sampling.h"
#include "ledger/data/scores.h"
#include "ledger/ownership/slashing.h"

namespace dure::ledger {

namespace {

/// The judging is over; its deposit is the caller's to move.
void close(Case& one) {
    Judgings::erase(one.state, one.offer);
    one.closed = true;
    if (!one.judging.again) return;
    DataRecord totals = DataTotals::get(one.state);
    --totals.rejudging;
    DataTotals::put(one.state, totals);
}

/// As above, and the shard has its status.
void settle_shard(Case& one, ShardRecord& shard, ShardStatus status) {
    close(one);
    count_pending(one.state, shard.owner, false);
    shard.status = status;
    shard.since = one.height;
    const bool is_used = status == ShardStatus::accepted;
    if (!is_used) unindex_sketch(one.state, one.offer, Sketches::get(one.state, one.judging.shard));
    Shards::put(one.state, one.judging.shard, shard);
    one.events.push_back(DataJudged{.shard = one.judging.shard, .status = status, .answer = shard.answer});
}

void take_score(Case& one, ShardRecord& shard, const ShardAnswer& answer) {
    shard.answer = answer;
    DataRecord totals = DataTotals::get(one.state);
    shard.paid_score = counted_score(totals, one.judging, answer.score);
    shard.generation = totals.generation;
    learn_score(totals, one.judging, answer.score);
    DataTotals::put(one.state, totals);
}

void accept(Case& one, ShardRecord& shard) {
    const Uint128 weight = sampling_weight_of(shard, ChainInfo::get(one.state).window_tokens);
    shard.row = add_sampled(
        one.state,
        {.shard = one.judging.shard, .tokens = shard.answer.tokens, .weight = SamplingWeight::of(weight)});
    DataRecord totals = DataTotals::get(one.state);
    totals.tokens += shard.answer.tokens;
    DataTotals::put(one.state, totals);
    settle_shard(one, shard, ShardStatus::accepted);
    return_deposit(one.state, one.judging.depositor, one.judging.deposit);
}

void reject(Case& one, ShardRecord& shard) {
    settle_shard(one, shard, ShardStatus::rejected);
    forfeit_deposit(one.state, one.judging.deposit);
}

/// Bytes and tokenizer are the same: only the score can be another. Another count would be a broken committee.
void rescore(Case& one, ShardRecord& shard, const ShardAnswer& answer) {
    close(one);
    const std::uint64_t before = shard.paid_score;
    if (answer.tokens == shard.answer.tokens) take_score(one, shard, answer);
    shard.generation = DataTotals::get(one.state).generation;
    Shards::put(one.state, one.judging.shard, shard);
    set_sampled_weight(one.state, shard.row,
                       sampling_weight_of(shard, ChainInfo::get(one.state).window_tokens));
    one.events.push_back(DataRescored{.shard = one.judging.shard,
                                      .generation = shard.generation,
                                      .score_before = before,
                                      .score = shard.paid_score});
}

void credit_scorer(Overlay& state, const Account& account) {
    CreditRecord credit = Credits::find(state, account).value_or(CreditRecord{});
    ++credit.scorings;
    Credits::put(state, account, credit);
}

/// Pays each scorer who said what was decided, once; slashes those who said something else if they are
/// `liars`.
void reward_scorers(Case& one, const ShardAnswer& answer, bool liars) {
    std::set<Account> right;
    std::set<Account> wrong;
    for (const auto* committee : {&one.judging.committee, &one.judging.first_committee}) {
        for (const Scorer& scorer : *committee) {
            if (scorer.answer) (*scorer.answer == answer ? right : wrong).insert(scorer.account);
        }
    }
    for (const Account& account : right) {
        if (!wrong.contains(account)) credit_scorer(one.state, account);
    }
    if (!liars) return;
    for (const Account& account : wrong) {
        slash(one.state, one.parameters, account, std::nullopt, SlashCause::scoring, one.height, one.events);
    }
}

}  // namespace

void decide(Case& one, const ShardAnswer& answer, bool by_two_thirds) {
    ShardRecord shard = Shards::get(one.state, one.judging.shard);
    reward_scorers(one, answer, one.judging.second && by_two_thirds);
    if (one.judging.again) {
        rescore(one, shard, answer);
        return;
    }
    const bool sketch_is_true =
        answer.sketch_hash == sketch_hash(Sketches::get(one.state, one.judging.shard));
    if (answer.tokens == 0 || !sketch_is_true) {
        shard.answer = answer;
        reject(one, shard);
    } else {
        take_score(one, shard, answer);
        accept(one, shard);
    }
}

void refuse_duplicate(Case& one, const Hash& first) {
    ShardRecord shard = Shards::get(one.state, one.judging.shard);
    shard.first = first;
    settle_shard(one, shard, ShardStatus::duplicate);
    return_deposit(one.state, one.judging.depositor, one.judging.deposit);
}

void give_up(Case& one) {
    ShardRecord shard = Shards::get(one.state, one.judging.shard);
    if (one.judging.again) {
        close(one);
        shard.generation = DataTotals::get(one.state).generation;
        Shards::put(one.state, one.judging.shard, shard);
        return;
    }
    settle_shard(one, shard, ShardStatus::lapsed);
    return_deposit(one.state, one.judging.depositor, one.judging.deposit);
}

void displace(Overlay& state, const Hash& shard, const ShardRecord& record) {
    DURE_ASSERT(record.status == ShardStatus::judging);
    const JudgingRecord judging = Judgings::get(state, record.offer);
    Judgings::erase(state, record.offer);
    unindex_sketch(state, record.offer, Sketches::get(state, shard));
    count_pending(state, record.owner, false);
    return_deposit(state, judging.depositor, judging.deposit);
}

}  // namespace dure::ledger
