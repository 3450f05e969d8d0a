#include "node/peers/hello.h"

namespace dure::node {

Hash hello_digest(const Hello& own, const Hello& other) {
    static const TaggedHash hash("dure/hello");
    return hash({own.chain_id.bytes, own.node.key, other.node.key, own.nonce.bytes, other.nonce.bytes});
}

Status check_hello(const Hello& own, const Hello& other) {
    const auto refuse = [](std::string why) { return Error{ErrorCode::invalid, std::move(why)}; };
    if (other.mark != k_hello_mark) return refuse("it is not a Dure node");
    if (other.version != k_wire_version) {
        return refuse("it speaks wire version " + std::to_string(other.version) + ", this node " +
                      std::to_string(k_wire_version));
    }
    if (other.chain_id != own.chain_id)
        return refuse("it is on chain " + other.chain_id.hex() + ", this node on " + own.chain_id.hex());
    if (other.node == own.node) return refuse("it is this node itself");
    return {};
}

}  // namespace dure::node
