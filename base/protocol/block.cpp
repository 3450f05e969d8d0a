#include "base/protocol/block.h"

#include "base/merkle.h"

namespace dure::protocol {

Hash block_hash(const Header& header) {
    static const TaggedHash hash("dure/block");
    return hash.of(header);
}

Hash transactions_root(std::span<const Transaction> transactions) {
    std::vector<Hash> leaves;
    leaves.reserve(transactions.size());
    for (const Transaction& transaction : transactions)
        leaves.push_back(merkle_leaf(witness_id(transaction).bytes));
    return merkle_root(leaves);
}

}  // namespace dure::protocol
