// Questions to the state, answered in the words of whoever asks: roles, the HTTP interface, the explorer.
// Reading only. Lists go by cursor: a call returns at most `limit` entries and the key to go on from.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/hash.h"
#include "base/keys.h"
#include "base/money.h"
#include "base/protocol/types.h"
#include "base/protocol/validators.h"
#include "ledger/records/tables.h"

namespace dure::ledger {

inline constexpr std::size_t k_max_page = 1'000;

// ---- The chain

struct SupplyView {
    Coin coins;
    Coin in_channels;
    Coin in_pool;      ///< fees that owners have not claimed
    Coin in_deposits;  ///< of newcomers, data, reported receipts and proposed changes
    Coin in_server_bonds;
    Shares shares;  ///< minted − burned
    Shares bonded;
    Shares minted;
    Shares burned;
};

ChainRecord chain_info(const StateReader& state);
Parameters parameters(const StateReader& state);
HeadRecord head(const StateReader& state);
BeaconRecord beacon(const StateReader& state);
SupplyView supply(const StateReader& state);
PoolRecord owner_pool(const StateReader& state);
/// Newest first.
std::vector<SettlementRecord> latest_settlements(const StateReader& state, std::size_t limit);
/// The set that votes in the current epoch.
protocol::ValidatorSet validator_set(const StateReader& state);
/// Nothing unless the account is in the current set.
std::optional<ValidatorRecord> validator(const StateReader& state, const Account& account);
/// The epoch of the next block. (The block that ends an epoch leaves the next one running.)
protocol::Epoch current_epoch(const StateReader& state);
/// Of the next block.
std::uint32_t protocol_version(const StateReader& state);
/// A protocol version that was accepted and begins with an epoch to come.
struct AcceptedUpgrade {
    std::uint32_t version = 0;
    protocol::Epoch from;
};
/// By the epochs that they begin with.
std::vector<AcceptedUpgrade> accepted_upgrades(const StateReader& state);
/// Nothing for an epoch that has not begun.
std::optional<EpochRecord> epoch(const StateReader& state, protocol::Epoch number);

// ---- Accounts

struct AccountView {
    Account account;
    Coin balance;
    std::uint64_t nonce = 0;
    Shares free;  ///< with what has vested or unbonded but was not yet booked
    Shares unvested;
    Shares bonded;
    Shares unbonding;
    Shares total;
    FineCoin pending;  ///< fees owed now: `high` whole grains, `low` 2^-64 grain
    std::optional<Account> beneficiary;
};

/// An account that never appeared has nothing, and nonce 0.
AccountView account(const StateReader& state, const Account& wanted);
/// Where the account's value lies in the state, for proofs.
Bytes account_key(const Account& account);

template <class T, class Cursor>
struct Page {
    std::vector<T> entries;
    std::optional<Cursor> next;  ///< ask from here for more
};

/// Accounts that own shares, by ascending account.
Page<AccountView, Account> owners(const StateReader& state, const std::optional<Account>& from,
                                  std::size_t limit);
/// All accounts, by ascending account.
Page<AccountView, Account> accounts(const StateReader& state, const std::optional<Account>& from,
                                    std::size_t limit);

// ---- Peers and channels

struct PeerView {
    Account account;
    PeerRecord record;
    Shares bonded;
    Account beneficiary;
    ServerBondRecord server_bond;  ///< coins
};

std::optional<PeerView> peer(const StateReader& state, const Account& account);
Page<PeerView, Account> peers(const StateReader& state, const std::optional<Account>& from,
                              std::size_t limit);
/// Peers that sell answers.
Page<PeerView, Account> servers(const StateReader& state, const std::optional<Account>& from,
                                std::size_t limit);

std::optional<ChannelRecord> channel(const StateReader& state, const Hash& id);

/// A receipt that somebody reported, open or decided.
struct ReceiptCaseView {
    Hash receipt;
    ReceiptCaseRecord record;
};
std::optional<ReceiptCaseRecord> receipt_case(const StateReader& state, const Hash& receipt);
/// By ascending receipt.
Page<ReceiptCaseView, Hash> receipt_cases(const StateReader& state, const std::optional<Hash>& from,
                                          std::size_t limit);
/// By when they move on.
std::vector<ReceiptCaseView> open_receipt_cases(const StateReader& state);
/// Cases in which this account has to commit to a verdict, or to open it.
std::vector<ReceiptCaseView> receipt_turns_of(const StateReader& state, const Account& account);

// ---- Data

struct ShardView {
    Hash hash;
    ShardRecord record;
    std::optional<JudgingRecord> judging;  ///< while it is being judged, or scored anew
};

struct OfferView {
    std::uint64_t number = 0;
    OfferRecord record;
    protocol::Height earliest;  ///< the first height whose block may show it
};

/// An owner's offer that is neither shown nor expired, by what it commits to.
std::optional<OfferView> offer(const StateReader& state, const Account& owner, const Hash& commitment);

std::optional<ShardView> shard(const StateReader& state, const Hash& hash);
Page<ShardView, Hash> shards(const StateReader& state, const std::optional<Hash>& from, std::size_t limit);
/// Shards that this account is drawn to score and has to commit to an answer for (judging->phase is
/// committing), or to open it.
std::vector<ShardView> scorings_assigned_to(const StateReader& state, const Account& account);
DataRecord data_totals(const StateReader& state);

// ---- Rounds

struct UnitView {
    std::uint32_t number = 0;
    UnitRecord record;
    std::optional<DisputeRecord> dispute{};  ///< the latest about it
};

struct AttestationView {
    Account account;
    AttestationRecord record;
};

struct RoundView {
    RoundRecord record;
    std::vector<UnitView> units;  ///< from the training phase on
    std::vector<AttestationView> attestations;
    std::vector<MintRow> minted;
};

std::optional<RoundView> round(const StateReader& state, protocol::Round number);
/// The oldest round that is not finished.
RoundRecord current_round(const StateReader& state);
/// The round that may be joined now.
RoundRecord joining_round(const StateReader& state);
/// Rounds from `from` downward (newest first when absent), without their units.
Page<RoundRecord, protocol::Round> rounds(const StateReader& state,
                                          const std::optional<protocol::Round>& from, std::size_t limit);

struct AssignedUnit {
    protocol::Round round;
    std::uint32_t unit = 0;
    UnitRecord record;
    Hash seed;  ///< of this unit
    CheckpointRecord base;
    protocol::Height deadline;
};

/// One task of a unit's audits.
struct AssignedAudit {
    AssignedUnit unit;
    std::uint32_t task = 0;
};

/// Work units to train and commit to now.
std::vector<AssignedUnit> units_assigned_to(const StateReader& state, const Account& account);
/// Own units whose update is to be revealed now,
std::vector<AssignedUnit> reveals_owed_by(const StateReader& state, const Account& account);
/// whose start states are to be served now,
std::vector<AssignedUnit> servings_owed_by(const StateReader& state, const Account& account);
/// whose segments are to be opened now.
std::vector<AssignedUnit> openings_owed_by(const StateReader& state, const Account& account);
/// Segments to replay and commit to now: those whose start state can be had.
std::vector<AssignedAudit> audits_assigned_to(const StateReader& state, const Account& account);
/// Audits whose answer is to be opened now.
std::vector<AssignedAudit> audit_openings_owed_by(const StateReader& state, const Account& account);
/// Units whose bytes to fetch and hold now.
std::vector<AssignedUnit> holdings_owed_by(const StateReader& state, const Account& account);
/// Units whose update is to be compared with its last state now.
std::vector<AssignedUnit> checks_owed_by(const StateReader& state, const Account& account);
/// A move that a dispute waits for.
struct DisputeTurn {
    AssignedUnit unit;  ///< its deadline is the move's
    DisputeRecord dispute;
};
/// Moves that this account owes in disputes now, as a side or on a committee.
std::vector<DisputeTurn> dispute_turns_of(const StateReader& state, const Account& account);
/// Every dispute that is not closed, with its unit.
std::vector<DisputeTurn> open_disputes(const StateReader& state);
/// What this account said about the round's checkpoint.
std::optional<AttestationRecord> attestation_of(const StateReader& state, protocol::Round round,
                                                const Account& account);
/// The latest dispute about a unit.
std::optional<DisputeRecord> dispute(const StateReader& state, protocol::Round round, std::uint32_t unit);
/// The accepted units of a round, in the order in which their updates merge.
std::vector<UnitView> accepted_units(const StateReader& state, protocol::Round number);

struct Window {
    Hash shard;
    std::uint64_t first_token = 0;

    friend bool operator==(const Window&, const Window&) = default;
};

/// The windows that a unit trains on, in order (ChainRecord::windows_per_unit of them,
/// ChainRecord::window_tokens long each). Needs a round past `drawing`.
std::vector<Window> windows_of_unit(const StateReader& state, const RoundRecord& round, std::uint32_t unit);
/// A unit's seed, from which its trainer derives every random choice.
Hash unit_seed(const RoundRecord& round, std::uint32_t unit);

}  // namespace dure::ledger
