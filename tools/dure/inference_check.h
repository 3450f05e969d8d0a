// Whether a server's receipt about an answer is true: by what it says of itself, and by a replay.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "ledger/records/inference_receipt.h"
#include "trainer/kernels/kernels.h"
#include "trainer/rounds/checkpoint.h"
#include "trainer/text/tokenizer.h"

namespace dure::tools {

/// Where a replay parts from what the server says.
struct FirstDifference {
    std::size_t choice = 0;
    std::size_t token = 0;                  ///< from 0, in the answer
    std::optional<std::uint32_t> stated;    ///< none: the server's answer ends before
    std::optional<std::uint32_t> replayed;  ///< none: the replay ends before
};

struct InferenceCheck {
    std::string fault;  ///< why it is false whatever a replay gives; empty: it is not
    bool same = false;
    std::vector<ledger::AnswerChoice> replayed;
    std::optional<FirstDifference> first;  ///< if they differ, and the server's tokens are known

    bool is_true() const { return fault.empty() && same; }
};

/// `answer`: the tokens that the server gives for its answer, if it does; others than the receipt names are not heeded.
/// `checkpoint` must be the receipt's. Errors: `invalid` for another request than the receipt's; `unavailable` once `go_on`
/// says no.
Result<InferenceCheck> check_inference(const trainer::Kernels& kernels, const trainer::Checkpoint& checkpoint,
                                       const trainer::Tokenizer& tokenizer,
                                       const ledger::InferenceReceipt& receipt,
                                       const ledger::InferenceRequest& request,
                                       const std::optional<ledger::AnswerTokens>& answer = std::nullopt,
                                       const std::function<bool()>& go_on = {});

}  // namespace dure::tools
