// What a payer believes of the receipt that a server signs about an answer (docs/protocol/inference-receipts.md).
#pragma once

#include <array>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/keys.h"
#include "base/result.h"
#include "ledger/records/inference_receipt.h"
#include "node/api/payment.h"

namespace dure::tools {

/// The texts of an answer's choices, put together from what came. Bounded: what is longer than a receipt's texts may be is not
/// kept, and then fits no receipt.
class AnswerTexts {
  public:
    /// An answer, or an event of a streamed one, in OpenAI's form.
    void add(const boost::json::value& value);
    void add(std::string_view whole_body);
    /// What the receipt of an answer with these texts, in so many choices, names.
    Hash hash(std::size_t choices) const;

  private:
    std::array<std::string, ledger::k_max_answer_choices> texts_;
    bool too_long_ = false;
};

/// The signature is the server's, and it is about this chain, this payer and channel, what was paid, and the texts that came.
/// An answer without such a receipt passes (its prompt may be too long for one). Errors: `invalid`, with what is wrong.
Status check_signed_receipt(const node::PaymentReceipt& receipt, const Hash& chain_id, const Account& server,
                            const Account& payer, const AnswerTexts& texts);

}  // namespace dure::tools
