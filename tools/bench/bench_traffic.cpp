// How many bytes a work unit makes the network carry: the update, which whoever merges must have, and, beside
// it, what a partial audit of an established trainer fetches: the state that a segment starts from and the chunks of
// the last parameters, each with its proof.
#include <cstdio>

#include "base/merkle.h"
#include "base/segments.h"
#include "tools/bench/figures.h"
#include "tools/bench/recipe_unit.h"
#include "trainer/rounds/quantization.h"

namespace dure::bench {
namespace {

using namespace trainer;

constexpr std::uint32_t k_chunks_checked = 4;

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
    const std::vector<Hash> chunk_leaves(blob_chunks(sample.base.parameters.size() * sizeof(float)));
    const double chunk =
        static_cast<double>(k_blob_chunk_bytes + encode(merkle_prove(chunk_leaves, 1)).size());
    const double audit = start + opening + k_chunks_checked * chunk;
    figures.detail("parameters", parameters);
    figures.detail("update_bytes", result.update.size());
    figures.detail("audit_bytes_per_parameter", audit / parameters);
    figures.detail("audit_start_state_bytes", start);
    figures.detail("audit_chunk_bytes", k_chunks_checked * chunk);
    std::fprintf(stderr, "beside it: an auditor of one segment fetches %.2f bytes/parameter\n",
                 audit / parameters);
    return figures.finish();
}

}  // namespace
}  // namespace dure::bench

int main(int argc, char** argv) {
    dure::bench::Figures figures("traffic", argc, argv);
    return dure::bench::run(figures);
}
