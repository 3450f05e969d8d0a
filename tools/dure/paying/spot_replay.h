// How a spot check replays an answer: the request is made anew from what was sent, never taken from the server, so that an
// answer to another prompt is seen, too; then as `dure verify` does it.
#pragma once

#include <string>

#include "ledger/records/genesis.h"
#include "tools/dure/paying/spot_checks.h"
#include "trainer/text/tokenizer.h"

namespace dure::tools {

/// What the receipt's request must be if it is about this call. Errors: `invalid` if it is about another one: another prompt,
/// other stops, or other settings than the body names; `malformed` for a body that is none.
Result<ledger::InferenceRequest> request_as_sent(const SpotSample& sample,
                                                 const ledger::InferenceStatement& said,
                                                 const ledger::ChatTemplate& chat,
                                                 const trainer::Tokenizer& tokenizer);

/// Replays with checkpoints of the node at this URL, on `threads` threads.
SpotReplay replay_by_node(std::string node, unsigned threads);

}  // namespace dure::tools
