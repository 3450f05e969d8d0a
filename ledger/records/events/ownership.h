// Events of accounts: coins and shares that move, are bonded, posted, earned or taken away.
#pragma once

#include <cstdint>
#include <tuple>

#include "base/keys.h"
#include "base/money.h"
#include "base/protocol/types.h"
#include "ledger/records/slashing.h"
#include "ledger/records/wide.h"

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

}  // namespace dure::ledger
