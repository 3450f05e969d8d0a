// Between what the engine is asked and what a receipt names, in both directions; and replaying a receipt.
//
// Promise: a replay gives what an honest server's engine gave, to the last token and character, whatever stood beside it in a
// batch there and whatever machine it ran on.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "ledger/records/inference_receipt.h"
#include "trainer/inference/answer_engine.h"
#include "trainer/rounds/checkpoint.h"
#include "trainer/text/tokenizer.h"

namespace dure::node {

/// A prompt as the model reads it: in normal form, without the line feed that normalizing adds (the answer goes on in the same
/// line), behind the token that begins a text. Errors: `out_of_range` for an empty one, `malformed` for no UTF-8.
Result<trainer::Tokens> prompt_tokens(const trainer::Tokenizer& tokenizer, const std::string& prompt);

/// None if the prompt is longer than a receipt's may be. `params` and `stops` have passed their checks.
std::optional<ledger::InferenceRequest> canonical_request(const trainer::Tokens& prompt,
                                                          const trainer::SamplingParams& params,
                                                          const std::vector<std::string>& stops,
                                                          std::uint32_t choices);
/// What the engine is asked for each choice.
std::vector<trainer::AnswerRequest> engine_requests(const ledger::InferenceRequest& request);

/// The request of a receipt, made from a prompt that one knows: everything else stands in the receipt, but for the stops.
/// Errors: `invalid` if this prompt and these stops are not the receipt's.
Result<ledger::InferenceRequest> request_from_receipt(const ledger::InferenceStatement& statement,
                                                      const trainer::Tokens& prompt,
                                                      const std::vector<std::string>& stops);

/// Answers the request anew. Choices that `ends` calls cut are cut there, where they are so long. Errors: those of
/// AnswerEngine, `invalid` for numbers that are not finite: the model cannot answer this request, and no receipt of it is true;
/// `unavailable` once `go_on` says no.
Result<std::vector<ledger::AnswerChoice>> replay_request(const trainer::Kernels& kernels,
                                                         const trainer::Checkpoint& checkpoint,
                                                         const trainer::Tokenizer& tokenizer,
                                                         const ledger::InferenceRequest& request,
                                                         const ledger::ChoiceEnds& ends,
                                                         const std::function<bool()>& go_on = {});

/// What a replay of this request names: H of its outcome, or of no choices where there is no answer. Errors: `unavailable` only.
Result<Hash> replayed_outcome(const trainer::Kernels& kernels, const trainer::Checkpoint& checkpoint,
                              const trainer::Tokenizer& tokenizer, const ledger::InferenceRequest& request,
                              const ledger::ChoiceEnds& ends, const std::function<bool()>& go_on = {});

}  // namespace dure::node
