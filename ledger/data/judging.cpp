#include "ledger/data/judging.h"

#include <algorithm>
#include <vector>

#include "ledger/data/duplicates.h"
#include "ledger/data/offers.h"
#include "ledger/data/score_windows.h"
#include "ledger/data/verdicts.h"
#include "ledger/draws/draw.h"
#include "ledger/draws/reveals.h"

namespace dure::ledger {

namespace {

using protocol::Height;

Hash committee_stream(const Hash& beacon, const JudgingRecord& judging) {
    static const TaggedHash hash("dure/shard/committee");
    return hash({beacon.bytes, judging.shard.bytes, encode(judging.second), encode(judging.redraws)});
}

Hash scoring_seed(const Hash& beacon, const Hash& shard) {
    static const TaggedHash hash("dure/shard/seed");
    return hash({beacon.bytes, shard.bytes});
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

void enter(Case& one, JudgingPhase phase, Height deadline) {
    one.judging.phase = phase;
    one.judging.since = one.height;
    one.judging.deadline = deadline;
}

/// Waits for earlier offers, for an earlier shard that seems to be the same text, and for those that its
/// windows could be drawn from: one of them waits for another in turn, so for these no longer than a shard
/// waits for an offer to be shown.
void leave_queue(Case& one, std::optional<std::uint64_t> first_open) {
    JudgingRecord& judging = one.judging;
    if (first_open && *first_open < one.offer) return;
    if (judging.deadline.value == 0) judging.deadline = one.height + one.parameters.show_blocks;
    ShardRecord shard = Shards::get(one.state, judging.shard);
    const auto first = earlier_duplicate(one.state, one.offer, Sketches::get(one.state, judging.shard));
    if (first) {
        const bool is_decided = ChainInfo::get(one.state).is_held_out(*first) ||
                                Shards::get(one.state, *first).status != ShardStatus::judging;
        if (is_decided) refuse_duplicate(one, *first);
        return;
    }
    if (awaits_peers(one.state, shard) && one.height < judging.deadline) return;
    shard.peers = peers_of(one.state, shard);
    Shards::put(one.state, judging.shard, shard);
    enter(one, JudgingPhase::drawing, {});
}

/// Fills the committee up. False if nobody could be drawn.
bool draw_committee(Case& one, Electorate& electorate) {
    JudgingRecord& judging = one.judging;
    const ShardRecord shard = Shards::get(one.state, judging.shard);
    std::vector<Candidate> candidates = electorate.everybody();
    std::erase_if(candidates, [&](const Candidate& candidate) {
        return candidate.account == shard.owner ||
               std::any_of(judging.committee.begin(), judging.committee.end(),
                           [&](const Scorer& scorer) { return scorer.account == candidate.account; });
    });
    const Hash beacon = Beacon::get(one.state).value;
    const std::size_t seats =
        judging.second ? one.parameters.data_second_committee : one.parameters.data_committee;
    Draw draw(committee_stream(beacon, judging));
    const auto drawn = draw_several(draw, std::move(candidates), seats - judging.committee.size());
    if (drawn.empty()) return false;
    if (judging.redraws == 0 && !judging.second) {
        judging.seed = scoring_seed(beacon, judging.shard);
        judging.scored_against = Head::get(one.state).checkpoint;
        draw_score_windows(one.state, one.parameters, shard, judging);
    }
    enter(one, JudgingPhase::committing, one.height + one.parameters.scoring_blocks);
    for (const Candidate& candidate : drawn) {
        judging.committee.push_back({.account = candidate.account,
                                     .weight = candidate.weight,
                                     .commitment = std::nullopt,
                                     .answer = std::nullopt});
        one.events.push_back(
            ScorerDrawn{.shard = judging.shard, .scorer = candidate.account, .deadline = judging.deadline});
    }
    return true;
}

void leave_drawing(Case& one, Electorate& electorate) {
    if (!beacon_matured(one.state, one.judging.since)) return;
    if (draw_committee(one, electorate)) return;
    if (!one.judging.committee.empty()) {
        // Nobody can take the place of those who were silent: the others decide.
        enter(one, JudgingPhase::opening, one.height + one.parameters.scoring_open_blocks);
    } else if (one.judging.redraws > 0 || one.judging.again) {
        give_up(one);
    }  // else nobody who could score has a bond yet
}

void leave_committing(Case& one) {
    JudgingRecord& judging = one.judging;
    const auto is_silent = [](const Scorer& scorer) { return !scorer.commitment; };
    if (std::none_of(judging.committee.begin(), judging.committee.end(), is_silent)) {
        enter(one, JudgingPhase::opening, one.height + one.parameters.scoring_open_blocks);
        return;
    }
    if (one.height < judging.deadline) return;
    if (judging.redraws == one.parameters.scoring_redraws) {
        give_up(one);
        return;
    }
    std::erase_if(judging.committee, is_silent);
    ++judging.redraws;
    enter(one, JudgingPhase::drawing, {});
}

struct Opinion {
    ShardAnswer answer;
    Uint128 weight = 0;
};

/// The answer with the most weight behind it, if anybody answered.
std::optional<Opinion> strongest(const JudgingRecord& judging) {
    std::optional<Opinion> best;
    for (const Scorer& candidate : judging.committee) {
        if (!candidate.answer) continue;
        Opinion opinion{*candidate.answer, 0};
        for (const Scorer& scorer : judging.committee) {
            if (scorer.answer == candidate.answer) opinion.weight += scorer.weight.value;
        }
        if (!best || opinion.weight > best->weight) best = opinion;
    }
    return best;
}

void leave_opening(Case& one) {
    JudgingRecord& judging = one.judging;
    const bool all_opened = std::all_of(judging.committee.begin(), judging.committee.end(),
                                        [](const Scorer& scorer) { return scorer.answer.has_value(); });
    if (!all_opened && one.height < judging.deadline) return;
    Uint128 total = 0;
    for (const Scorer& scorer : judging.committee)
        total += scorer.weight.value;
    const auto opinion = strongest(judging);
    const bool two_thirds = opinion && opinion->weight * 3 > total * 2;
    const bool greater_part = opinion && opinion->weight * 2 > total;
    if (two_thirds || (judging.second && greater_part)) {
        decide(one, opinion->answer, two_thirds);
    } else if (judging.second) {
        give_up(one);
    } else {
        judging.second = true;
        judging.redraws = 0;
        judging.first_committee = std::move(judging.committee);
        judging.committee.clear();
        enter(one, JudgingPhase::drawing, {});
    }
}

void advance(Case& one, std::optional<std::uint64_t> first_open, Electorate& electorate) {
    switch (one.judging.phase) {
        case JudgingPhase::queued:
            return leave_queue(one, first_open);
        case JudgingPhase::drawing:
            return leave_drawing(one, electorate);
        case JudgingPhase::committing:
            return leave_committing(one);
        case JudgingPhase::opening:
            return leave_opening(one);
    }
}

/// Comparing is what costs: while many shards are in the queue each takes its turn, every so many blocks.
class Turns {
  public:
    Turns(const std::vector<std::pair<std::uint64_t, JudgingRecord>>& open,
          std::optional<std::uint64_t> first_open, Height height)
        : height_(height.value) {
        std::uint64_t ready = 0;
        for (const auto& [offer, judging] : open) {
            const bool waits = first_open && *first_open < offer;
            if (judging.phase == JudgingPhase::queued && !waits) ++ready;
        }
        period_ = std::max<std::uint64_t>(1, (ready + k_max_queue_checks - 1) / k_max_queue_checks);
    }
    bool has(std::uint64_t offer) const { return (offer + height_) % period_ == 0; }

  private:
    std::uint64_t height_;
    std::uint64_t period_ = 1;
};

/// Takes up accepted shards that are not scored for this generation.
void feed_rescoring(Overlay& state, Height height) {
    DataRecord totals = DataTotals::get(state);
    const DataRecord before = totals;
    while (totals.rejudging < k_max_rejudging && totals.rejudged < totals.rejudge_until) {
        const Hash hash = SamplingTable::get(state, totals.rejudged++).shard;
        const ShardRecord shard = Shards::get(state, hash);
        const bool is_due = shard.status == ShardStatus::accepted && shard.generation < totals.generation;
        if (!is_due || Judgings::contains(state, shard.offer)) continue;
        JudgingRecord judging;
        judging.shard = hash;
        judging.again = true;
        judging.phase = JudgingPhase::drawing;
        judging.since = height;
        Judgings::put(state, shard.offer, judging);
        ++totals.rejudging;
    }
    if (totals != before) DataTotals::put(state, totals);
}

}  // namespace

void advance_data(Overlay& state, const Parameters& parameters, Height height, Events& events) {
    expire_offers(state, height, events);
    feed_rescoring(state, height);
    const DataRecord totals = DataTotals::get(state);
    if (totals.pending == 0 && totals.rejudging == 0) return;
    std::vector<std::pair<std::uint64_t, JudgingRecord>> open;
    Judgings::scan(state, [&](std::uint64_t offer, const JudgingRecord& judging) {
        open.emplace_back(offer, judging);
        return true;
    });
    DURE_ASSERT(open.size() <= k_max_pending_shards + k_max_rejudging);
    const std::optional<std::uint64_t> first_open = first_open_offer(state);
    const Turns turns(open, first_open, height);
    Electorate electorate(state);
    for (auto& [offer, judging] : open) {
        if (judging.phase == JudgingPhase::queued && !turns.has(offer)) continue;
        Case one{.state = state,
                 .parameters = parameters,
                 .height = height,
                 .events = events,
                 .offer = offer,
                 .judging = judging};
        advance(one, first_open, electorate);
        if (!one.closed && one.judging != judging) Judgings::put(state, offer, one.judging);
    }
}

void begin_rescoring(Overlay& state, protocol::Generation generation) {
    DataRecord totals = DataTotals::get(state);
    totals.generation = generation;
    totals.rejudged = 0;
    totals.rejudge_until = totals.accepted;
    DataTotals::put(state, totals);
}

}  // namespace dure::ledger
