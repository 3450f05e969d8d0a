#include "base/segments.h"

#include "base/codec.h"
#include "base/merkle.h"

namespace dure {

Hash state_hash(const StateRoots& roots) {
    static const TaggedHash hash("dure/state");
    return hash.of(roots);
}

Hash not_finite_state(std::uint32_t step, const Hash& before) {
    static const TaggedHash hash("dure/state/not-finite");
    Writer writer;
    writer.number(step);
    write(writer, before);
    return hash(writer.bytes());
}

Hash segment_salt(const Hash& secret, std::uint32_t boundary) {
    static const TaggedHash hash("dure/segment/salt");
    Writer writer;
    write(writer, secret);
    writer.number(boundary);
    return hash(writer.bytes());
}

Hash segment_leaf(const Hash& salt, const Hash& state) {
    static const TaggedHash hash("dure/segment");
    return hash({salt.bytes, state.bytes});
}

std::vector<Hash> segment_leaves(const Hash& secret, std::span<const Hash> states) {
    std::vector<Hash> leaves;
    leaves.reserve(states.size());
    for (const Hash& state : states)
        leaves.push_back(
            segment_leaf(segment_salt(secret, static_cast<std::uint32_t>(leaves.size())), state));
    return leaves;
}

Hash segment_root(const Hash& secret, std::span<const Hash> states) {
    return merkle_root(segment_leaves(secret, states));
}

}  // namespace dure
