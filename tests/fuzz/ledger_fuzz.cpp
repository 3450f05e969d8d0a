// ledger: transactions' payloads, genesis, proofs of state and the records that lie in it.
#include "ledger/records/account.h"
#include "ledger/records/chain.h"
#include "ledger/records/channel.h"
#include "ledger/records/checkpoint.h"
#include "ledger/records/dispute.h"
#include "ledger/records/genesis.h"
#include "ledger/records/judging.h"
#include "ledger/records/peer.h"
#include "ledger/records/pool.h"
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

/// Tried one after the other by the first byte.
using Record =
    std::variant<AccountRecord, ChainRecord, HeadRecord, BeaconRecord, ValidatorRecord, EpochRecord,
                 ChannelRecord, CheckpointRecord, PeerRecord, PoolRecord, TreasuryRecord, SettlementRecord,
                 RoundRecord, UnitRecord, ShardRecord, AttestationRecord, CreditRecord, MintRow,
                 DisputeRecord, OfferRecord, JudgingRecord, DataRecord, Sketch>;
DURE_FUZZ_CODEC(state_record, Record);

}  // namespace
}  // namespace dure::fuzz
