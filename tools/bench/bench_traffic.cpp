// How many bytes a work unit makes the network carry: the update, which whoever merges must have, and, beside
// it, what a partial audit of an established trainer fetches: the state that a segment starts from and the last
// parameters; and what each holder fetches: the update and that state.
#include <cstdio>

#include "base/merkle.h"
#include "base/segments.h"
#include "tools/bench/figures.h"
#include "tools/bench/recipe_unit.h"
#include "trainer/rounds/work_unit.h"

namespace dure::bench {
namespace {

using namespace trainer;

int run(Figures& figures) {
    const RecipeUnit sample;
    SerialExecutor executor;
    const auto kernels = make_kernels(best_isa(), executor);
    const UnitResult result = must(train_unit(*kernels, sample.unit(), Hash{}));
    const auto parameters = static_cast<double>(sample.base.parameters.size());
    figures.add("update_bytes", static_cast<double>(result.update.size()) / parameters, "bytes/parameter",
                Bar::at_most, 0.6);

    // The first segment starts from the base, which everybody has.
    const double segments = sample.unit().segments();
    const double start = 3.0 * sizeof(float) * parameters * (segments - 1) / segments;
    const std::vector<Hash> leaves = segment_leaves(Hash{}, result.states);
    const double opening = static_cast<double>(encode(StateRoots{}).size() + sizeof(Hash) +
                                               encode(merkle_prove(leaves, 1)).size());
    const double last = sizeof(float) * parameters;
    const double audit = start + opening + last;
    const double holder = start + opening + static_cast<double>(result.update.size());
    figures.detail("parameters", parameters);
    figures.detail("update_bytes", result.update.size());
    figures.detail("audit_bytes_per_parameter", audit / parameters);
    figures.detail("audit_start_state_bytes", start);
    figures.detail("audit_last_parameters_bytes", last);
    figures.detail("holder_bytes_per_parameter", holder / parameters);
    std::fprintf(stderr, "beside it: an auditor of one segment fetches %.2f bytes/parameter, a holder %.2f\n",
                 audit / parameters, holder / parameters);
    return figures.finish();
}

}  // namespace
}  // namespace dure::bench

int main(int argc, char** argv) {
    dure::bench::Figures figures("traffic", argc, argv);
    return dure::bench::run(figures);
}
