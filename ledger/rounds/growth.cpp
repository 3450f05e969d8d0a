#include "ledger/rounds/growth.h"

namespace dure::ledger {

std::optional<protocol::Generation> due_generation(const StateReader& state, const CheckpointRecord& base) {
    const auto next = Generations::find(state, base.generation.next());
    if (!next || DataTotals::get(state).tokens < next->admitted_tokens) return std::nullopt;
    return base.generation.next();
}

}  // namespace dure::ledger
