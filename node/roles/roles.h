// What a node does for the chain beside voting: trains, audits, scores, merges (the contributor's part) and
// sells answers (the server's).
//
// All decisions are functions of the final state (duties.h); this header only says what can be handed in.
#pragma once

#include <functional>

#include "base/result.h"
#include "node/roles/answer_desk.h"
#include "trainer/rounds/work_unit.h"

namespace dure::node {

using UnitTrainer = std::function<Result<trainer::UnitResult>(
    const trainer::Kernels&, const trainer::WorkUnit&, const Hash& secret, const trainer::ProgressCallback&,
    const trainer::KeepState&)>;

/// May say something else than the model did.
using AnswerTeller = std::function<RunPart(RunPart)>;

/// The joints at which a test puts another behaviour in the place of the honest one.
struct RoleHooks {
    UnitTrainer train = trainer::train_unit;  ///< of a unit of one's own
    AnswerTeller tell = {};                   ///< each piece of an answer; none: as it is
};

}  // namespace dure::node
