// What auditing costs next to training, for established trainers: those with so much at stake behind each unit
// that the chain audits a single segment of it (docs/protocol/rounds.md says when). In each turn a unit is
// trained, each of its segments replayed from the trainer's state as an auditor does it (blobs decoded, hash
// compared, steps taken), and the whole last state quantized anew. CPU time of one thread; the median turn
// counts.
#include <cstdlib>
#include <map>
#include <vector>

#include "base/blob.h"
#include "tools/bench/figures.h"
#include "tools/bench/recipe_unit.h"
#include "tools/bench/timing.h"
#include "trainer/rounds/arrays.h"
#include "trainer/rounds/quantization.h"
#include "trainer/rounds/replay.h"
#include "trainer/rounds/update.h"

namespace dure::bench {
namespace {

using namespace trainer;

constexpr int k_turns = 5;

/// CPU seconds of one turn.
struct Turn {
    double training = 0;
    double segment = 0;   ///< one segment's replay, on average
    double checking = 0;  ///< the quantization

    double ratio(std::uint32_t segments) const { return (segments * segment + checking) / training; }
};

Turn measure(const Kernels& kernels, const RecipeUnit& sample) {
    const WorkUnit unit = sample.unit();
    Turn turn;
    std::map<std::uint32_t, TrainingState> kept;
    UnitResult trained;
    turn.training = thread_cpu_seconds_of([&] {
        trained = must(train_unit(
            kernels, unit, Hash{}, {},
            [&](std::uint32_t boundary, const TrainingState& state) { kept.emplace(boundary, state); }));
    });
    for (std::uint32_t segment = 0; segment < unit.segments(); ++segment) {
        turn.segment += thread_cpu_seconds_of([&] {
            const TrainingState& served = kept.at(segment);
            const TrainingState start = must(
                TrainingState::decode(sample.recipe.model, served.step, array_bytes(served.parameters),
                                      array_bytes(served.first_moment), array_bytes(served.second_moment)));
            const SegmentReplay replay =
                must(replay_segments(kernels, unit, {&start, trained.states[segment]}, segment, 1));
            if (replay.states[0] != trained.states[segment + 1]) std::exit(2);
        });
    }
    turn.segment /= unit.segments();
    turn.checking = thread_cpu_seconds_of([&] {
        const Update update =
            must(Update::decode(trained.update, sample.base.parameters.size(), unit.train.quant_block));
        const ByteView blob = array_bytes(kept.rbegin()->second.parameters);
        if (!check_quantization(sample.base.parameters, update, all_chunks(blob))) std::exit(2);
    });
    return turn;
}

int run(Figures& figures) {
    const RecipeUnit sample;
    SerialExecutor executor;
    const auto kernels = make_kernels(best_isa(), executor);
    const std::uint32_t segments = sample.unit().segments();
    std::vector<Numbers> ratios(segments / 2);  // by the number of segments audited, from 1
    boost::json::array turns;
    for (int i = 0; i < k_turns; ++i) {
        const Turn turn = measure(*kernels, sample);
        for (std::uint32_t audited = 1; audited <= ratios.size(); ++audited)
            ratios[audited - 1].add(turn.ratio(audited));
        turns.push_back({{"training_seconds", turn.training},
                         {"segment_replay_seconds", turn.segment},
                         {"quantization_seconds", turn.checking}});
    }
    figures.add("audit_to_training", ratios[0].median(), "", Bar::at_most, 0.15);
    figures.detail("segments", segments);
    figures.detail("turns", turns);
    boost::json::array medians;
    for (const Numbers& ratio : ratios)
        medians.push_back(ratio.median());
    figures.detail("ratio_by_segments_audited", medians);
    return figures.finish();
}

}  // namespace
}  // namespace dure::bench

int main(int argc, char** argv) {
    dure::bench::Figures figures("audit", argc, argv);
    return dure::bench::run(figures);
}
