#include "node/api/round_history.h"

#include <algorithm>
#include <cmath>

#include "base/assert.h"
#include "ledger/records/tables.h"
#include "ledger/views.h"

namespace dure::node {

void RoundHistory::follow(const ledger::StateReader& state, std::uint64_t genesis_loss) {
    if (points_.empty()) points_.push_back(RoundPoint{.held_out_loss = genesis_loss});
    const std::uint64_t finished = ledger::head(state).finished.value;
    if (seen_ == finished) return;
    const std::uint64_t inputs = ledger::chain_info(state).window_tokens - 1;
    while (seen_ < finished) {
        const auto round = ledger::Rounds::find(state, protocol::Round{++seen_});
        if (!round || !round->result || !round->mint) {
            ++voided_;
            continue;
        }
        RoundPoint point = points_.back();
        point.round = seen_;
        point.height = round->closed.value;
        point.held_out_loss = round->result->held_out_loss;
        point.generation = round->result->generation.value;
        point.units = round->accepted;
        point.tokens_trained += round->mint->windows * inputs;
        point.shares_minted += round->mint->minted.value;
        points_.push_back(point);
    }
}

namespace {

double round_of(const RoundPoint& point) {
    return static_cast<double>(point.round);
}
double loss_of(const RoundPoint& point) {
    return static_cast<double>(point.held_out_loss);
}

/// Twice the area of the triangle over two points and a mean.
double area(const RoundPoint& a, const RoundPoint& b, double mean_round, double mean_loss) {
    return std::abs((round_of(a) - mean_round) * (loss_of(b) - loss_of(a)) -
                    (round_of(a) - round_of(b)) * (mean_loss - loss_of(a)));
}

}  // namespace

std::vector<RoundPoint> thinned(const std::vector<RoundPoint>& points, std::size_t wanted) {
    DURE_ASSERT(wanted >= 2);
    if (points.size() <= wanted) return points;
    const std::size_t runs = wanted - 2;
    const std::size_t inner = points.size() - 2;
    const auto begin_of = [&](std::size_t run) { return runs == 0 ? 1 + inner : 1 + run * inner / runs; };
    std::vector<RoundPoint> kept{points.front()};
    for (std::size_t run = 0; run < runs; ++run) {
        const std::size_t next_begin = begin_of(run + 1);
        const std::size_t next_end = run + 1 < runs ? begin_of(run + 2) : points.size();
        double mean_round = 0;
        double mean_loss = 0;
        for (std::size_t i = next_begin; i < next_end; ++i) {
            mean_round += round_of(points[i]);
            mean_loss += loss_of(points[i]);
        }
        const auto count = static_cast<double>(next_end - next_begin);
        const RoundPoint* best = &points[begin_of(run)];
        double largest = -1;
        for (std::size_t i = begin_of(run); i < next_begin; ++i) {
            const double spanned = area(kept.back(), points[i], mean_round / count, mean_loss / count);
            if (spanned > largest) {
                largest = spanned;
                best = &points[i];
            }
        }
        kept.push_back(*best);
    }
    kept.push_back(points.back());
    return kept;
}

}  // namespace dure::node
