#include "base/protocol/block.h"

#include "base/merkle.h"

namespace dure::protocol {

Hash block_hash(const Header& header) {
    static const TaggedHash hash("dure/block");
    return hash.of(header);
}

Hash transactions_root(std::span<const Transaction> transactions) {
    std::vector<Hash> witnesses;
    witnesses.reserve(transactions.size());
    for (const Transaction& transaction : transactions)
        witnesses.push_back(witness_id(transaction));
    return witnesses_root(witnesses);
}

Hash witnesses_root(std::span<const Hash> witnesses) {
    std::vector<Hash> leaves;
    leaves.reserve(witnesses.size());
    for (const Hash& witness : witnesses)
        leaves.push_back(merkle_leaf(witness.bytes));
    return merkle_root(leaves);
}

}  // namespace dure::protocol
