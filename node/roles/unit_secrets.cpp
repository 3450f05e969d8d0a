#include "node/roles/unit_secrets.h"

#include "base/codec.h"

namespace dure::node {
namespace {

Hash root_of(const SecretKey& node_key) {
    static const TaggedHash hash("dure/segment/secrets");
    return hash(ByteView(node_key.secret_bytes()));
}

}  // namespace

UnitSecrets::UnitSecrets(const SecretKey& node_key)
    : account_(node_key.account()), root_(root_of(node_key)) {}

Hash UnitSecrets::of(protocol::Round round, std::uint32_t unit, const Hash& seed) const {
    static const TaggedHash hash("dure/segment/secret");
    Writer writer;
    write(writer, root_);
    write(writer, round);
    writer.number(unit);
    write(writer, seed);
    return hash(writer.bytes());
}

Hash UnitSecrets::salt(std::string_view purpose, protocol::Round round, std::uint32_t unit,
                       std::uint32_t task) const {
    static const TaggedHash hash("dure/commitment/salt");
    Writer writer;
    write(writer, root_);
    write(writer, round);
    writer.number(unit);
    writer.number(task);
    writer.raw(as_bytes(purpose));
    return hash(writer.bytes());
}

Hash UnitSecrets::of_answer(const Hash& shard, const Hash& seed, bool second) const {
    static const TaggedHash hash("dure/shard/salt");
    return hash({root_.bytes, shard.bytes, seed.bytes, encode(second)});
}

Hash UnitSecrets::of_verdict(const Hash& receipt, std::uint32_t redraws) const {
    static const TaggedHash hash("dure/receipt/salt");
    return hash({root_.bytes, receipt.bytes, encode(redraws)});
}

}  // namespace dure::node
