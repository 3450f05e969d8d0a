// What a server signed about its answer, beside the payment's receipt: whether it is about this call at all. Whether the
// answer is the model's, a replay says (dure verify).
#pragma once

#include "base/hash.h"
#include "base/keys.h"
#include "base/result.h"
#include "node/api/payment.h"

namespace dure::tools {

/// A receipt without one is taken: it can be replayed by nobody, but what was paid is known. Errors: `invalid` for one that
/// cannot be read, is not signed by `server`, or names another chain, payer, channel, price or count of tokens.
Status check_signed_receipt(const node::PaymentReceipt& receipt, const Hash& chain_id, const Account& server,
                            const Account& payer);

}  // namespace dure::tools
