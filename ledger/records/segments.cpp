#include "ledger/records/segments.h"

#include "base/blob.h"

namespace dure::ledger {

bool opens(const BoundaryOpening& opening, const Hash& root, std::uint32_t count) {
    if (opening.boundary >= count) return false;
    MerkleProof proof;
    proof.index = opening.boundary;
    proof.count = count;
    proof.siblings.assign(opening.path.begin(), opening.path.end());
    return merkle_verify(root, segment_leaf(opening.salt, state_hash(opening.roots)), proof);
}

Hash null_update_name(std::uint32_t step) {
    Writer writer;
    writer.number(std::uint8_t{1});
    writer.number(step);
    return blob_hash(writer.bytes());
}

Hash update_commitment(const Account& account, const Hash& update, const Hash& salt) {
    static const TaggedHash hash("dure/update/commitment");
    return hash({account.key, update.bytes, salt.bytes});
}

Hash audit_commitment(const Account& account, protocol::Round round, std::uint32_t unit, std::uint32_t task,
                      const AuditAnswer& answer, const Hash& salt) {
    static const TaggedHash hash("dure/audit");
    return hash({account.key, encode(round), encode(unit), encode(task), encode(answer), salt.bytes});
}

}  // namespace dure::ledger
