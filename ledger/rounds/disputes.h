// Disputes about work units. They run beside the rounds, with a deadline for every move; who is silent when it
// is his turn loses.
//
// An auditor found another state at the end of a segment than the trainer. The two halve the steps in question
// until one is left: the trainer names the state in the middle, the challenger says whether it is the same.
// Then the trainer serves the state before that step, and a committee drawn by bonded shares, without either
// side, replays it, committing before anybody opens. More than two thirds of its weight decide. In a dispute about an
// update's quantization the trainer serves the last state at once.
//
// Where a unit was replayed whole and its trainer did not open it, an answer that names another update is a
// dispute, too: it begins with the trainer opening its states after all.
//
// Promises: at most one open dispute a unit; a block looks only at those that are due. Whoever is found wrong
// is slashed in favour of the other side.
#pragma once

#include "ledger/records/events.h"
#include "ledger/records/tables.h"

namespace dure::ledger {

/// Opens a dispute for the first audit of the unit, from number `from_task` on, that does not agree with its
/// trainer. False if there is none.
bool open_dispute(Overlay& state, const Parameters& parameters, const UnitKey& key, const UnitRecord& unit,
                  std::uint32_t from_task, protocol::Height height, Events& events);

/// Goes on with a dispute about a unit that was not opened, now that it is: where the two differ first is where
/// they go on.
void contest(Overlay& state, const Parameters& parameters, const UnitKey& key, const UnitRecord& unit,
             DisputeRecord dispute, protocol::Height height, Events& events);

/// Opens a dispute of the unit's first auditor about its update, which is not what its last state gives.
void open_quantization_dispute(Overlay& state, const Parameters& parameters, const UnitKey& key,
                               const UnitRecord& unit, protocol::Height height, Events& events);

/// A step in question is left alone, or halved once more: enters the stage that follows from low and high.
void narrow(Overlay& state, const Parameters& parameters, const UnitKey& key, DisputeRecord dispute,
            protocol::Height height, Events& events);

/// Writes the dispute in its new stage.
void enter_stage(Overlay& state, const UnitKey& key, DisputeRecord dispute, DisputeStage stage,
                 protocol::Height height, protocol::Height deadline, Events& events);

/// Ends it: slashes, credits, and says what became of the unit.
void close_dispute(Overlay& state, const Parameters& parameters, const UnitKey& key, DisputeRecord dispute,
                   DisputeOutcome outcome, protocol::Height height, Events& events);

/// Ends it if more than two thirds of the committee's weight opened the same; otherwise waits, or draws
/// another committee if all have opened or `is_over`.
void tally_verdicts(Overlay& state, const Parameters& parameters, const UnitKey& key, DisputeRecord dispute,
                    bool is_over, protocol::Height height, Events& events);

/// Moves on what is due. At the end of every block.
void advance_disputes(Overlay& state, const Parameters& parameters, protocol::Height height, Events& events);

}  // namespace dure::ledger
