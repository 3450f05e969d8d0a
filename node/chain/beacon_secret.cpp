#include "node/chain/beacon_secret.h"

namespace dure::node {

ledger::BeaconChain beacon_chain_of(const SecretKey& node_key) {
    static const TaggedHash hash("dure/beacon/secret");
    return {hash(ByteView(node_key.secret_bytes())), k_beacon_chain_links};
}

}  // namespace dure::node
