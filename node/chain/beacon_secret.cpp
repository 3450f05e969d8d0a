#include "node/chain/beacon_secret.h"

namespace dure::node {

ledger::BeaconChain beacon_chain_of(const SecretKey& node_key, std::uint64_t links, std::uint64_t chain) {
    static const TaggedHash hash("dure/beacon/secret");
    const Hash first = hash(ByteView(node_key.secret_bytes()));
    return {chain == 0 ? first : hash({first.bytes, encode(chain)}), links};
}

}  // namespace dure::node
