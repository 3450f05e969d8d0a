// ledger: transactions' payloads, genesis, proofs of state and the records that lie in it.
#include "ledger/records/account.h"
#include "ledger/records/chain.h"
#include "ledger/records/channel.h"
#include "ledger/records/checkpoint.h"
#include "ledger/records/dispute.h"
#include "ledger/records/epoch.h"
#include "ledger/records/genesis.h"
#include "ledger/records/judging.h"
#include "ledger/records/peer.h"
#include "ledger/records/pool.h"
#include "ledger/records/receipt_case.h"
#include "ledger/records/round.h"
#include "ledger/records/shard.h"
#include "ledger/state/proof.h"
#include "ledger/transactions/payload.h"
#include "tests/fuzz/target.h"

namespace dure::fuzz {
namespace {

using namespace ledger;

DURE_FUZZ_CODEC(payload, Payload);

DURE_FUZZ_TARGET(genesis) {
    round_trip<Genesis>(input);
    if (const auto genesis = decode<Genesis>(input); genesis && genesis->check()) {
        require(genesis->validator_set().check().has_value(), "a checked genesis names a validator set");
    }
}

DURE_FUZZ_TARGET(state_proof) {
    Reader reader(input);
    Hash root;
    Hash key;
    StateProof proof;
    if (!read(reader, root) || !read(reader, key) || !read(reader, proof)) return;
    const Bytes value{1};
    const bool present = verify_state_proof(root, key.bytes, value, proof);
    const bool absent = verify_state_proof(root, key.bytes, std::nullopt, proof);
    require(!(present && absent), "one proof does not prove both presence and absence");
}

/// A receipt and its request, which come from servers and reporters.
DURE_FUZZ_TARGET(inference_receipt) {
    round_trip<InferenceReceipt>(input);
    round_trip<InferenceRequest>(input);
    round_trip<AnswerTokens>(input);
    Reader reader(input);
    InferenceReceipt receipt;
    InferenceRequest request;
    if (!read(reader, receipt) || !read(reader, request)) return;
    const bool fits = receipt.check_request(request).has_value();
    require(fits == (receipt.statement.prompt == request.prompt_hash() &&
                     receipt.statement.sampling == request.sampling()),
            "a receipt's request is named by its hashes");
    if (!receipt.contradicts_itself(request))
        require(receipt.statement.outcome.ends.size() == request.choices,
                "a receipt without a contradiction counts well");
}

/// Tried one after the other by the first byte.
using Record =
    std::variant<AccountRecord, ChainRecord, HeadRecord, BeaconRecord, ValidatorRecord, EpochRecord,
                 CandidateRecord, ChannelRecord, CheckpointRecord, PeerRecord, PoolRecord, TreasuryRecord,
                 SettlementRecord, RoundRecord, UnitRecord, ShardRecord, AttestationRecord, CreditRecord,
                 MintRow, DisputeRecord, OfferRecord, JudgingRecord, DataRecord, Sketch, ServerBondRecord,
                 ReceiptCaseRecord, ProposalRecord, ChangeRules>;
DURE_FUZZ_CODEC(state_record, Record);

}  // namespace
}  // namespace dure::fuzz
