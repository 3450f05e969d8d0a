// What happened in a block, for people, indexes and roles: a variant of small structs. Events are results,
// not state; nothing in the ledger reads them back. Append only.
#pragma once

#include <cstdint>
#include <tuple>
#include <variant>
#include <vector>

#include "base/codec.h"
#include "base/hash.h"
#include "base/keys.h"
#include "base/money.h"
#include "base/protocol/types.h"
#include "ledger/records/checkpoint.h"
#include "ledger/records/dispute.h"
#include "ledger/records/pool.h"
#include "ledger/records/round.h"
#include "ledger/records/shard.h"
#include "ledger/records/slashing.h"

namespace dure::ledger {

struct CoinsMoved {
    static constexpr const char* k_name = "coins_moved";
    Account from;
    Account to;
    Coin amount;
    static constexpr auto fields() {
        return std::tuple(&CoinsMoved::from, &CoinsMoved::to, &CoinsMoved::amount);
    }
    friend bool operator==(const CoinsMoved&, const CoinsMoved&) = default;
};

struct SharesMoved {
    static constexpr const char* k_name = "shares_moved";
    Account from;
    Account to;
    Shares amount;
    static constexpr auto fields() {
        return std::tuple(&SharesMoved::from, &SharesMoved::to, &SharesMoved::amount);
    }
    friend bool operator==(const SharesMoved&, const SharesMoved&) = default;
};

struct SharesBonded {
    static constexpr const char* k_name = "shares_bonded";
    Account account;
    Shares amount;
    static constexpr auto fields() { return std::tuple(&SharesBonded::account, &SharesBonded::amount); }
    friend bool operator==(const SharesBonded&, const SharesBonded&) = default;
};

struct SharesUnbonding {
    static constexpr const char* k_name = "shares_unbonding";
    Account account;
    Shares amount;
    protocol::Height release;
    static constexpr auto fields() {
        return std::tuple(&SharesUnbonding::account, &SharesUnbonding::amount, &SharesUnbonding::release);
    }
    friend bool operator==(const SharesUnbonding&, const SharesUnbonding&) = default;
};

struct PeerRegistered {
    static constexpr const char* k_name = "peer_registered";
    Account account;
    std::uint8_t roles = 0;
    static constexpr auto fields() { return std::tuple(&PeerRegistered::account, &PeerRegistered::roles); }
    friend bool operator==(const PeerRegistered&, const PeerRegistered&) = default;
};

struct DataOffered {
    static constexpr const char* k_name = "data_offered";
    std::uint64_t offer = 0;
    Account owner;
    Hash commitment;
    protocol::Height expires;
    static constexpr auto fields() {
        return std::tuple(&DataOffered::offer, &DataOffered::owner, &DataOffered::commitment,
                          &DataOffered::expires);
    }
    friend bool operator==(const DataOffered&, const DataOffered&) = default;
};

struct ScorerDrawn {
    static constexpr const char* k_name = "scorer_drawn";
    Hash shard;
    Account scorer;
    protocol::Height deadline;
    static constexpr auto fields() {
        return std::tuple(&ScorerDrawn::shard, &ScorerDrawn::scorer, &ScorerDrawn::deadline);
    }
    friend bool operator==(const ScorerDrawn&, const ScorerDrawn&) = default;
};

struct DataAttested {
    static constexpr const char* k_name = "data_attested";
    Hash shard;
    Account scorer;
    std::optional<ShardAnswer> answer;  ///< none: a commitment
    static constexpr auto fields() {
        return std::tuple(&DataAttested::shard, &DataAttested::scorer, &DataAttested::answer);
    }
    friend bool operator==(const DataAttested&, const DataAttested&) = default;
};

struct DataJudged {
    static constexpr const char* k_name = "data_judged";
    Hash shard;
    ShardStatus status = ShardStatus::accepted;
    ShardAnswer answer;
    static constexpr auto fields() {
        return std::tuple(&DataJudged::shard, &DataJudged::status, &DataJudged::answer);
    }
    friend bool operator==(const DataJudged&, const DataJudged&) = default;
};

struct RoundJoined {
    static constexpr const char* k_name = "round_joined";
    protocol::Round round;
    Account trainer;
    std::uint32_t units = 0;
    static constexpr auto fields() {
        return std::tuple(&RoundJoined::round, &RoundJoined::trainer, &RoundJoined::units);
    }
    friend bool operator==(const RoundJoined&, const RoundJoined&) = default;
};

struct RoundAdvanced {
    static constexpr const char* k_name = "round_advanced";
    protocol::Round round;
    RoundPhase phase = RoundPhase::joining;
    protocol::Height deadline;
    static constexpr auto fields() {
        return std::tuple(&RoundAdvanced::round, &RoundAdvanced::phase, &RoundAdvanced::deadline);
    }
    friend bool operator==(const RoundAdvanced&, const RoundAdvanced&) = default;
};

struct UpdateSubmitted {
    static constexpr const char* k_name = "update_submitted";
    protocol::Round round;
    std::uint32_t unit = 0;
    Account trainer;
    static constexpr auto fields() {
        using T = UpdateSubmitted;
        return std::tuple(&T::round, &T::unit, &T::trainer);
    }
    friend bool operator==(const UpdateSubmitted&, const UpdateSubmitted&) = default;
};

struct UpdateRevealed {
    static constexpr const char* k_name = "update_revealed";
    protocol::Round round;
    std::uint32_t unit = 0;
    Hash update;
    static constexpr auto fields() {
        using T = UpdateRevealed;
        return std::tuple(&T::round, &T::unit, &T::update);
    }
    friend bool operator==(const UpdateRevealed&, const UpdateRevealed&) = default;
};

struct AuditorDrawn {
    static constexpr const char* k_name = "auditor_drawn";
    protocol::Round round;
    std::uint32_t unit = 0;
    std::uint32_t task = 0;
    Account auditor;
    static constexpr auto fields() {
        using T = AuditorDrawn;
        return std::tuple(&T::round, &T::unit, &T::task, &T::auditor);
    }
    friend bool operator==(const AuditorDrawn&, const AuditorDrawn&) = default;
};

struct SegmentsServed {
    static constexpr const char* k_name = "segments_served";
    protocol::Round round;
    std::uint32_t unit = 0;
    static constexpr auto fields() {
        using T = SegmentsServed;
        return std::tuple(&T::round, &T::unit);
    }
    friend bool operator==(const SegmentsServed&, const SegmentsServed&) = default;
};

struct BlobAttested {
    static constexpr const char* k_name = "blob_attested";
    protocol::Round round;
    std::uint32_t unit = 0;
    Account holder;
    static constexpr auto fields() {
        using T = BlobAttested;
        return std::tuple(&T::round, &T::unit, &T::holder);
    }
    friend bool operator==(const BlobAttested&, const BlobAttested&) = default;
};

struct AuditCommitted {
    static constexpr const char* k_name = "audit_committed";
    protocol::Round round;
    std::uint32_t unit = 0;
    std::uint32_t task = 0;
    Account auditor;
    static constexpr auto fields() {
        using T = AuditCommitted;
        return std::tuple(&T::round, &T::unit, &T::task, &T::auditor);
    }
    friend bool operator==(const AuditCommitted&, const AuditCommitted&) = default;
};

struct AuditOpened {
    static constexpr const char* k_name = "audit_opened";
    protocol::Round round;
    std::uint32_t unit = 0;
    std::uint32_t task = 0;
    Account auditor;
    static constexpr auto fields() {
        using T = AuditOpened;
        return std::tuple(&T::round, &T::unit, &T::task, &T::auditor);
    }
    friend bool operator==(const AuditOpened&, const AuditOpened&) = default;
};

struct SegmentsOpened {
    static constexpr const char* k_name = "segments_opened";
    protocol::Round round;
    std::uint32_t unit = 0;
    static constexpr auto fields() {
        using T = SegmentsOpened;
        return std::tuple(&T::round, &T::unit);
    }
    friend bool operator==(const SegmentsOpened&, const SegmentsOpened&) = default;
};

struct UpdateChecked {
    static constexpr const char* k_name = "update_checked";
    protocol::Round round;
    std::uint32_t unit = 0;
    bool same = false;
    static constexpr auto fields() {
        using T = UpdateChecked;
        return std::tuple(&T::round, &T::unit, &T::same);
    }
    friend bool operator==(const UpdateChecked&, const UpdateChecked&) = default;
};

struct UnitJudged {
    static constexpr const char* k_name = "unit_judged";
    protocol::Round round;
    std::uint32_t unit = 0;
    UnitStatus status = UnitStatus::accepted;
    static constexpr auto fields() {
        return std::tuple(&UnitJudged::round, &UnitJudged::unit, &UnitJudged::status);
    }
    friend bool operator==(const UnitJudged&, const UnitJudged&) = default;
};

struct CheckpointAttested {
    static constexpr const char* k_name = "checkpoint_attested";
    protocol::Round round;
    Account account;
    CheckpointAttestation attestation;
    static constexpr auto fields() {
        return std::tuple(&CheckpointAttested::round, &CheckpointAttested::account,
                          &CheckpointAttested::attestation);
    }
    friend bool operator==(const CheckpointAttested&, const CheckpointAttested&) = default;
};

struct SharesMinted {
    static constexpr const char* k_name = "shares_minted";
    protocol::Round round;
    MintRow row;
    static constexpr auto fields() { return std::tuple(&SharesMinted::round, &SharesMinted::row); }
    friend bool operator==(const SharesMinted&, const SharesMinted&) = default;
};

struct RoundDecided {
    static constexpr const char* k_name = "round_decided";
    protocol::Round round;
    CheckpointRecord checkpoint;
    Shares minted;
    static constexpr auto fields() {
        return std::tuple(&RoundDecided::round, &RoundDecided::checkpoint, &RoundDecided::minted);
    }
    friend bool operator==(const RoundDecided&, const RoundDecided&) = default;
};

struct RoundVoided {
    static constexpr const char* k_name = "round_voided";
    protocol::Round round;
    BoundedString<96> reason;
    static constexpr auto fields() { return std::tuple(&RoundVoided::round, &RoundVoided::reason); }
    friend bool operator==(const RoundVoided&, const RoundVoided&) = default;
};

struct ChannelOpened {
    static constexpr const char* k_name = "channel_opened";
    Hash channel;
    Account payer;
    Account server;
    Coin deposit;
    static constexpr auto fields() {
        return std::tuple(&ChannelOpened::channel, &ChannelOpened::payer, &ChannelOpened::server,
                          &ChannelOpened::deposit);
    }
    friend bool operator==(const ChannelOpened&, const ChannelOpened&) = default;
};

struct ChannelToppedUp {
    static constexpr const char* k_name = "channel_topped_up";
    Hash channel;
    Coin amount;
    Coin deposit;  ///< after it
    static constexpr auto fields() {
        return std::tuple(&ChannelToppedUp::channel, &ChannelToppedUp::amount, &ChannelToppedUp::deposit);
    }
    friend bool operator==(const ChannelToppedUp&, const ChannelToppedUp&) = default;
};

struct ChannelSettled {
    static constexpr const char* k_name = "channel_settled";
    SettlementRecord settlement;
    static constexpr auto fields() { return std::tuple(&ChannelSettled::settlement); }
    friend bool operator==(const ChannelSettled&, const ChannelSettled&) = default;
};

struct ChannelClosing {
    static constexpr const char* k_name = "channel_closing";
    Hash channel;
    protocol::Height withdrawable;
    static constexpr auto fields() {
        return std::tuple(&ChannelClosing::channel, &ChannelClosing::withdrawable);
    }
    friend bool operator==(const ChannelClosing&, const ChannelClosing&) = default;
};

struct ChannelWithdrawn {
    static constexpr const char* k_name = "channel_withdrawn";
    Hash channel;
    Account payer;
    Coin amount;
    static constexpr auto fields() {
        return std::tuple(&ChannelWithdrawn::channel, &ChannelWithdrawn::payer, &ChannelWithdrawn::amount);
    }
    friend bool operator==(const ChannelWithdrawn&, const ChannelWithdrawn&) = default;
};

struct RewardsClaimed {
    static constexpr const char* k_name = "rewards_claimed";
    Account account;
    Account to;
    Coin amount;
    FineCoin left;  ///< less than a grain, still owed
    static constexpr auto fields() {
        return std::tuple(&RewardsClaimed::account, &RewardsClaimed::to, &RewardsClaimed::amount,
                          &RewardsClaimed::left);
    }
    friend bool operator==(const RewardsClaimed&, const RewardsClaimed&) = default;
};

struct BlockFeesPaid {
    static constexpr const char* k_name = "block_fees_paid";
    Account proposer;
    Account to;
    Coin amount;
    static constexpr auto fields() {
        return std::tuple(&BlockFeesPaid::proposer, &BlockFeesPaid::to, &BlockFeesPaid::amount);
    }
    friend bool operator==(const BlockFeesPaid&, const BlockFeesPaid&) = default;
};

struct DepositPosted {
    static constexpr const char* k_name = "deposit_posted";
    Account account;
    Account depositor;
    Coin amount;
    Coin deposit;  ///< after it
    static constexpr auto fields() {
        return std::tuple(&DepositPosted::account, &DepositPosted::depositor, &DepositPosted::amount,
                          &DepositPosted::deposit);
    }
    friend bool operator==(const DepositPosted&, const DepositPosted&) = default;
};

struct DepositReleasing {
    static constexpr const char* k_name = "deposit_releasing";
    Account account;
    protocol::Height release;
    static constexpr auto fields() {
        return std::tuple(&DepositReleasing::account, &DepositReleasing::release);
    }
    friend bool operator==(const DepositReleasing&, const DepositReleasing&) = default;
};

struct DepositReturned {
    static constexpr const char* k_name = "deposit_returned";
    Account account;
    Account to;
    Coin amount;
    static constexpr auto fields() {
        return std::tuple(&DepositReturned::account, &DepositReturned::to, &DepositReturned::amount);
    }
    friend bool operator==(const DepositReturned&, const DepositReturned&) = default;
};

/// What vests no more of a row of a receipt.
struct SharesClawedBack {
    static constexpr const char* k_name = "shares_clawed_back";
    protocol::Round round;
    std::uint32_t line = 0;
    Account contributor;
    Account holder;
    Shares amount;  ///< that had not vested yet
    static constexpr auto fields() {
        return std::tuple(&SharesClawedBack::round, &SharesClawedBack::line, &SharesClawedBack::contributor,
                          &SharesClawedBack::holder, &SharesClawedBack::amount);
    }
    friend bool operator==(const SharesClawedBack&, const SharesClawedBack&) = default;
};

struct Slashed {
    static constexpr const char* k_name = "slashed";
    Account offender;
    SlashCause cause = SlashCause::dispute;
    std::optional<Account> prover;
    Shares bonded;
    Shares unbonding;
    Shares unvested;  ///< wherever they lay
    Shares burned;
    Shares rewarded;  ///< bonded + unbonding + unvested − burned
    Coin deposit;
    Coin deposit_reward;  ///< of it; the owners got the rest
    static constexpr auto fields() {
        using T = Slashed;
        return std::tuple(&T::offender, &T::cause, &T::prover, &T::bonded, &T::unbonding, &T::unvested,
                          &T::burned, &T::rewarded, &T::deposit, &T::deposit_reward);
    }
    friend bool operator==(const Slashed&, const Slashed&) = default;
};

struct DisputeOpened {
    static constexpr const char* k_name = "dispute_opened";
    protocol::Round round;
    std::uint32_t unit = 0;
    DisputeKind kind = DisputeKind::computation;
    Account trainer;
    Account challenger;
    static constexpr auto fields() {
        using T = DisputeOpened;
        return std::tuple(&T::round, &T::unit, &T::kind, &T::trainer, &T::challenger);
    }
    friend bool operator==(const DisputeOpened&, const DisputeOpened&) = default;
};

struct DisputeMoved {
    static constexpr const char* k_name = "dispute_moved";
    protocol::Round round;
    std::uint32_t unit = 0;
    DisputeStage stage = DisputeStage::bisecting;
    protocol::Height deadline;
    static constexpr auto fields() {
        using T = DisputeMoved;
        return std::tuple(&T::round, &T::unit, &T::stage, &T::deadline);
    }
    friend bool operator==(const DisputeMoved&, const DisputeMoved&) = default;
};

struct DisputeClosed {
    static constexpr const char* k_name = "dispute_closed";
    protocol::Round round;
    std::uint32_t unit = 0;
    DisputeOutcome outcome = DisputeOutcome::none;
    static constexpr auto fields() {
        using T = DisputeClosed;
        return std::tuple(&T::round, &T::unit, &T::outcome);
    }
    friend bool operator==(const DisputeClosed&, const DisputeClosed&) = default;
};

struct DataShown {
    static constexpr const char* k_name = "data_shown";
    std::uint64_t offer = 0;
    Hash shard;
    Account owner;
    std::uint64_t bytes = 0;
    static constexpr auto fields() {
        return std::tuple(&DataShown::offer, &DataShown::shard, &DataShown::owner, &DataShown::bytes);
    }
    friend bool operator==(const DataShown&, const DataShown&) = default;
};

/// Not shown in time: the deposit went to the owners.
struct OfferExpired {
    static constexpr const char* k_name = "offer_expired";
    std::uint64_t offer = 0;
    Account owner;
    Coin deposit;
    static constexpr auto fields() {
        return std::tuple(&OfferExpired::offer, &OfferExpired::owner, &OfferExpired::deposit);
    }
    friend bool operator==(const OfferExpired&, const OfferExpired&) = default;
};

/// An accepted shard weighs something else from now on.
struct DataRescored {
    static constexpr const char* k_name = "data_rescored";
    Hash shard;
    protocol::Generation generation;
    std::uint64_t score_before = 0;
    std::uint64_t score = 0;
    static constexpr auto fields() {
        return std::tuple(&DataRescored::shard, &DataRescored::generation, &DataRescored::score_before,
                          &DataRescored::score);
    }
    friend bool operator==(const DataRescored&, const DataRescored&) = default;
};

struct DataWithdrawn {
    static constexpr const char* k_name = "data_withdrawn";
    Hash shard;
    bool by_vote = false;
    Shares clawed_back;
    static constexpr auto fields() {
        return std::tuple(&DataWithdrawn::shard, &DataWithdrawn::by_vote, &DataWithdrawn::clawed_back);
    }
    friend bool operator==(const DataWithdrawn&, const DataWithdrawn&) = default;
};

using Event =
    std::variant<CoinsMoved, SharesMoved, SharesBonded, SharesUnbonding, PeerRegistered, DataOffered,
                 ScorerDrawn, DataAttested, DataJudged, RoundJoined, RoundAdvanced, UpdateSubmitted,
                 AuditorDrawn, UnitJudged, CheckpointAttested, SharesMinted, RoundDecided, RoundVoided,
                 ChannelOpened, ChannelToppedUp, ChannelSettled, ChannelClosing, ChannelWithdrawn,
                 RewardsClaimed, BlockFeesPaid, DepositPosted, DepositReleasing, DepositReturned,
                 SharesClawedBack, Slashed, UpdateRevealed, SegmentsServed, BlobAttested, AuditCommitted,
                 AuditOpened, SegmentsOpened, UpdateChecked, DisputeOpened, DisputeMoved, DisputeClosed,
                 DataShown, OfferExpired, DataRescored, DataWithdrawn>;
using Events = std::vector<Event>;

inline const char* name_of(const Event& event) {
    return std::visit([](const auto& one) { return one.k_name; }, event);
}

}  // namespace dure::ledger
