#include "node/chain/beacon_secret.h"

namespace dure::node {

ledger::BeaconChain beacon_chain_of(const SecretKey& node_key, std::uint64_t links) {
    static const TaggedHash hash("dure/beacon/secret");
    return {hash(ByteView(node_key.secret_bytes())), links};
}

}  // namespace dure::node
