#include "ledger/records/channel.h"

namespace dure::ledger {

Hash channel_id(const Hash& transaction) {
    static const TaggedHash hash("dure/channel");
    return hash(transaction.bytes);
}

Hash voucher_digest(const Hash& chain_id, const Hash& channel, Coin cumulative) {
    static const TaggedHash hash("dure/voucher");
    return hash({chain_id.bytes, channel.bytes, encode(cumulative)});
}

}  // namespace dure::ledger
