// What a server answers with.
#pragma once

#include <optional>

#include "ledger/records/checkpoint.h"
#include "node/roles/library.h"
#include "trainer/inference/answer_engine.h"

namespace dure::node {

/// What answers: a checkpoint, and what its tokens mean.
struct AnswerModel {
    Library::CheckpointPtr checkpoint;
    Library::TokenizerPtr tokenizer;
    ledger::CheckpointRecord record;
    std::optional<trainer::EngineLimits> engine{};  ///< that suit its shape; none: the desk's
};

}  // namespace dure::node
