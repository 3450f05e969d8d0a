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
        case RoundPhase::drawing_auditors:
            return "drawing_auditors";
        case RoundPhase::auditing:
            return "auditing";
        case RoundPhase::attesting:
            return "attesting";
        case RoundPhase::decided:
            return "decided";
        case RoundPhase::voided:
            return "voided";
    }
    return "unknown";
}

const char* name_of(UnitStatus status) {
    switch (status) {
        case UnitStatus::assigned:
            return "assigned";
        case UnitStatus::missing:
            return "missing";
        case UnitStatus::submitted:
            return "submitted";
        case UnitStatus::accepted:
            return "accepted";
        case UnitStatus::rejected:
            return "rejected";
        case UnitStatus::unaudited:
            return "unaudited";
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

const Participant* RoundRecord::participant(const Account& account) const {
    const auto found =
        std::lower_bound(participants.begin(), participants.end(), account,
                         [](const Participant& one, const Account& wanted) { return one.account < wanted; });
    return found != participants.end() && found->account == account ? &*found : nullptr;
}

}  // namespace dure::ledger
