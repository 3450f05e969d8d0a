// What happened in a block, for people, indexes and roles: a variant of small structs, which events/ holds by
// subject. Events are results, not state; nothing in the ledger reads them back. Append only.
#pragma once

#include <variant>
#include <vector>

#include "ledger/records/events/changes.h"
#include "ledger/records/events/channels.h"
#include "ledger/records/events/data.h"
#include "ledger/records/events/ownership.h"
#include "ledger/records/events/rounds.h"
#include "ledger/records/events/servers.h"
#include "ledger/records/events/validators.h"

namespace dure::ledger {

using Event = std::variant<
    CoinsMoved, SharesMoved, SharesBonded, SharesUnbonding, PeerRegistered, DataOffered, ScorerDrawn,
    DataAttested, DataJudged, RoundJoined, RoundAdvanced, UpdateSubmitted, AuditorDrawn, UnitJudged,
    CheckpointAttested, SharesMinted, RoundDecided, RoundVoided, ChannelOpened, ChannelToppedUp,
    ChannelSettled, ChannelClosing, ChannelWithdrawn, RewardsClaimed, BlockFeesPaid, DepositPosted,
    DepositReleasing, DepositReturned, SharesClawedBack, Slashed, UpdateRevealed, SegmentsServed,
    BlobAttested, AuditCommitted, AuditOpened, SegmentsOpened, UpdateChecked, DisputeOpened, DisputeMoved,
    DisputeClosed, DataShown, OfferExpired, DataRescored, DataWithdrawn, ServerBonded, ServerUnbonding,
    ServerBondWithdrawn, ReceiptReported, ReceiptCaseMoved, ReceiptJudged, CallPaid, CandidacyBegun,
    CandidacyEnded, EpochBegan, ChangeProposed, ChangeVoted, ChangeAccepted, ChangeApplied, ChangeLapsed>;
using Events = std::vector<Event>;

inline const char* name_of(const Event& event) {
    return std::visit([](const auto& one) { return one.k_name; }, event);
}

}  // namespace dure::ledger
