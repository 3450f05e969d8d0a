// base/protocol: transactions, blocks, votes, certificates, proposals, evidence, validator sets.
#include "base/protocol/block.h"
#include "base/protocol/transaction.h"
#include "base/protocol/validators.h"
#include "base/protocol/vote.h"
#include "tests/fuzz/target.h"

namespace dure::fuzz {
namespace {

using namespace protocol;

DURE_FUZZ_CODEC(transaction, Transaction);
DURE_FUZZ_CODEC(block, Block);
DURE_FUZZ_CODEC(signed_vote, SignedVote);
DURE_FUZZ_CODEC(proposal, Proposal);

DURE_FUZZ_TARGET(transaction_check) {
    auto transaction = decode<Transaction>(input);
    if (!transaction || !check_signatures(*transaction)) return;
    ++transaction->body.nonce;
    require(!check_signatures(*transaction).has_value(), "a signature binds what it signs");
}

DURE_FUZZ_TARGET(validator_set) {
    round_trip<ValidatorSet>(input);
    if (const auto set = decode<ValidatorSet>(input); set && set->check()) {
        require(set->is_quorum(set->total_weight()), "all are a quorum");
        for (std::size_t i = 0; i < set->validators.size(); ++i)
            require(set->index_of(set->validators[i].key) == i, "members are found");
    }
}

DURE_FUZZ_TARGET(certificate) {
    round_trip<Certificate>(input);
    if (const auto certificate = decode<Certificate>(input)) {
        ValidatorSet set;
        for (std::uint8_t i = 0; i < 9; ++i) {
            Validator validator{.key = {}, .weight = i + 1U};
            validator.key.key[0] = i;
            set.validators.push_back(validator);
        }
        static_cast<void>(check_certificate(Hash{}, set, *certificate));
    }
}

DURE_FUZZ_TARGET(evidence) {
    round_trip<Evidence>(input);
    if (const auto evidence = decode<Evidence>(input)) static_cast<void>(check_evidence(Hash{}, *evidence));
}

}  // namespace
}  // namespace dure::fuzz
