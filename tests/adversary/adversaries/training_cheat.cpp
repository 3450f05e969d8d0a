#include "tests/adversary/adversaries/training_cheat.h"

#include "base/blob.h"
#include "trainer/rounds/update.h"

namespace dure::adversary {

namespace {

constexpr std::uint64_t k_plausible_loss = 4'500'000;

}  // namespace

trainer::UnitResult made_up(const trainer::WorkUnit& unit, const Hash& secret, const trainer::KeepState& keep,
                            const std::vector<trainer::TrainingState>& states) {
    trainer::UnitResult result;
    for (std::uint32_t boundary = 0; boundary < states.size(); ++boundary) {
        result.states.push_back(states[boundary].hash());
        if (keep) keep(boundary, states[boundary]);
    }
    result.segment_root = segment_root(secret, result.states);
    result.update =
        trainer::Update::quantize(unit.base->parameters, states.back().parameters, unit.train.quant_block)
            .encode();
    result.update_hash = blob_hash(result.update);
    result.tokens = unit.train.tokens_per_unit();
    result.loss_first = k_plausible_loss;
    result.loss_last = k_plausible_loss;
    return result;
}

}  // namespace dure::adversary
