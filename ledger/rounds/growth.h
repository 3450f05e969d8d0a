// When the model grows: genesis's schedule says from how many admitted tokens on the next shape is due. What
// growing is, is the trainer's matter (trainer/growth).
#pragma once

#include <optional>

#include "ledger/records/tables.h"

namespace dure::ledger {

/// The generation that a round's result is to be grown to, if the next one is due: asked once, when the round
/// opens to attestations. One generation a round.
std::optional<protocol::Generation> due_generation(const StateReader& state, const CheckpointRecord& base);

}  // namespace dure::ledger
