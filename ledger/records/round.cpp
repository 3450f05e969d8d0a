#include "ledger/records/round.h"

#include <algorithm>

namespace dure::ledger {

const char* name_of(RoundPhase phase) {
    switch (phase) {
        case RoundPhase::joining:
            return "joining";
        case RoundPhase::drawing:
            return "drawing";
        case RoundPhase::training:
            return "training";
        case RoundPhase::revealing:
            return "revealing";
        case RoundPhase::drawing_auditors:
            return "drawing_auditors";
        case RoundPhase::auditing:
            return "auditing";
        case RoundPhase::opening:
            return "opening";
        case RoundPhase::checking:
            return "checking";
        case RoundPhase::attesting:
            return "attesting";
        case RoundPhase::opening_attestations:
            return "opening_attestations";
        case RoundPhase::decided:
            return "decided";
        case RoundPhase::voided:
            return "voided";
    }
    return "unknown";
}

const char* name_of(MintKind kind) {
    switch (kind) {
        case MintKind::compute:
            return "compute";
        case MintKind::data:
            return "data";
        case MintKind::validator:
            return "validator";
    }
    return "unknown";
}

Hash attestation_commitment(const Account& account, protocol::Round round,
                            const CheckpointAttestation& attestation, const Hash& salt) {
    static const TaggedHash hash("dure/attestation");
    return hash({account.key, encode(round), encode(attestation), salt.bytes});
}

const Participant* RoundRecord::participant(const Account& account) const {
    const auto found =
        std::lower_bound(participants.begin(), participants.end(), account,
                         [](const Participant& one, const Account& wanted) { return one.account < wanted; });
    return found != participants.end() && found->account == account ? &*found : nullptr;
}

}  // namespace dure::ledger
