#include "ledger/views.h"

#include <algorithm>

#include "ledger/draws/jury.h"
#include "ledger/ownership/balances.h"
#include "ledger/ownership/owner_pool.h"
#include "ledger/ownership/shares.h"

namespace dure::ledger {

namespace {

/// Up to `limit` entries that `make` makes something of, and where the next page begins.
template <class T, class Entry, class Make>
Page<Entry, typename T::Key> page_of(const StateReader& state, const std::optional<typename T::Key>& from,
                                     std::size_t limit, Make&& make) {
    limit = std::min(limit, k_max_page);
    Page<Entry, typename T::Key> page;
    const auto visit = [&](const typename T::Key& key, const typename T::Record& record) {
        if (page.entries.size() == limit) {
            page.next = key;
            return false;
        }
        if (std::optional<Entry> entry = make(key, record)) page.entries.push_back(std::move(*entry));
        return true;
    };
    if (from) {
        T::scan_from(state, *from, visit);
    } else {
        T::scan(state, visit);
    }
    return page;
}

/// What an account's view depends on besides its record.
struct Moment {
    PoolRecord pool;
    HeadRecord head;
    std::uint32_t vesting_rounds;

    explicit Moment(const StateReader& state)
        : pool(Pool::get(state)),
          head(Head::get(state)),
          vesting_rounds(ParameterStore::get(state).vesting_rounds) {}
};

AccountView view_of(const Moment& moment, const Account& account, AccountRecord record) {
    settle(record, moment.pool);
    release_due(record, moment.head.height, moment.head.finished, moment.vesting_rounds);
    return {.account = account,
            .balance = record.balance,
            .nonce = record.nonce,
            .free = record.free,
            .unvested = record.unvested(),
            .bonded = record.bonded,
            .unbonding = record.unbonding_total(),
            .total = record.all_shares(),
            .pending = record.pending,
            .beneficiary = record.beneficiary};
}

PeerView peer_view(const StateReader& state, const Account& account, const PeerRecord& record) {
    const AccountRecord owner = load_account(state, account);
    return {.account = account,
            .record = record,
            .bonded = owner.bonded,
            .beneficiary = owner.beneficiary.value_or(account),
            .server_bond = ServerBonds::find(state, account).value_or(ServerBondRecord{})};
}

}  // namespace

ChainRecord chain_info(const StateReader& state) {
    return ChainInfo::get(state);
}
Parameters parameters(const StateReader& state) {
    return ParameterStore::get(state);
}
HeadRecord head(const StateReader& state) {
    return Head::get(state);
}
BeaconRecord beacon(const StateReader& state) {
    return Beacon::get(state);
}
PoolRecord owner_pool(const StateReader& state) {
    return Pool::get(state);
}
DataRecord data_totals(const StateReader& state) {
    return DataTotals::get(state);
}

SupplyView supply(const StateReader& state) {
    const PoolRecord pool = Pool::get(state);
    const TreasuryRecord treasury = Treasury::get(state);
    const Uint128 in_channels = treasury.channel_deposits.number() - treasury.channel_settled.number() -
                                treasury.channel_withdrawn.number();
    return {.coins = treasury.supply,
            .in_channels = Coin{static_cast<std::uint64_t>(in_channels)},
            .in_pool = pool.held,
            .in_deposits = treasury.shard_deposits + treasury.newcomer_deposits + treasury.receipt_deposits +
                           treasury.change_deposits,
            .in_server_bonds = treasury.server_bonds,
            .shares = pool.total_shares,
            .bonded = pool.bonded_shares,
            .minted = pool.minted,
            .burned = pool.burned};
}

std::vector<SettlementRecord> latest_settlements(const StateReader& state, std::size_t limit) {
    const std::uint64_t count = Pool::get(state).settlements;
    const std::uint64_t wanted = std::min({static_cast<std::uint64_t>(limit), k_kept_settlements, count});
    std::vector<SettlementRecord> settlements;
    for (std::uint64_t i = 1; i <= wanted; ++i)
        settlements.push_back(Settlements::get(state, count - i));
    return settlements;
}

protocol::ValidatorSet validator_set(const StateReader& state) {
    protocol::ValidatorSet set;
    Validators::scan(state, [&](const Account& account, const ValidatorRecord& validator) {
        set.validators.push_back({account, validator.weight});
        return true;
    });
    return set;
}

std::optional<ValidatorRecord> validator(const StateReader& state, const Account& account) {
    return Validators::find(state, account);
}

protocol::Epoch current_epoch(const StateReader& state) {
    return CurrentEpoch::get(state);
}

std::uint32_t protocol_version(const StateReader& state) {
    return ProtocolVersion::get(state);
}

std::vector<AcceptedUpgrade> accepted_upgrades(const StateReader& state) {
    std::vector<AcceptedUpgrade> upgrades;
    Proposals::scan(state, [&](std::uint64_t, const ProposalRecord& record) {
        if (record.stage == ProposalStage::accepted && record.version != 0)
            upgrades.push_back({record.version, record.from});
        return true;
    });
    std::stable_sort(upgrades.begin(), upgrades.end(),
                     [](const AcceptedUpgrade& a, const AcceptedUpgrade& b) { return a.from < b.from; });
    return upgrades;
}

std::optional<EpochRecord> epoch(const StateReader& state, protocol::Epoch number) {
    return Epochs::find(state, number);
}

AccountView account(const StateReader& state, const Account& wanted) {
    return view_of(Moment(state), wanted, load_account(state, wanted));
}

Bytes account_key(const Account& account) {
    return Accounts::key(account);
}

Page<AccountView, Account> owners(const StateReader& state, const std::optional<Account>& from,
                                  std::size_t limit) {
    const Moment moment(state);
    return page_of<Accounts, AccountView>(
        state, from, limit,
        [&](const Account& account, const AccountRecord& record) -> std::optional<AccountView> {
            if (record.all_shares().is_zero()) return std::nullopt;
            return view_of(moment, account, record);
        });
}

Page<AccountView, Account> accounts(const StateReader& state, const std::optional<Account>& from,
                                    std::size_t limit) {
    const Moment moment(state);
    return page_of<Accounts, AccountView>(
        state, from, limit,
        [&](const Account& account, const AccountRecord& record) -> std::optional<AccountView> {
            return view_of(moment, account, record);
        });
}

std::optional<PeerView> peer(const StateReader& state, const Account& account) {
    const auto record = Peers::find(state, account);
    if (!record) return std::nullopt;
    return peer_view(state, account, *record);
}

Page<PeerView, Account> peers(const StateReader& state, const std::optional<Account>& from,
                              std::size_t limit) {
    return page_of<Peers, PeerView>(
        state, from, limit, [&](const Account& account, const PeerRecord& record) -> std::optional<PeerView> {
            return peer_view(state, account, record);
        });
}

Page<PeerView, Account> servers(const StateReader& state, const std::optional<Account>& from,
                                std::size_t limit) {
    return page_of<Peers, PeerView>(
        state, from, limit, [&](const Account& account, const PeerRecord& record) -> std::optional<PeerView> {
            if (!record.is(k_role_server)) return std::nullopt;
            return peer_view(state, account, record);
        });
}

std::optional<ChannelRecord> channel(const StateReader& state, const Hash& id) {
    return Channels::find(state, id);
}

std::optional<ReceiptCaseRecord> receipt_case(const StateReader& state, const Hash& receipt) {
    return ReceiptCases::find(state, receipt);
}

Page<ReceiptCaseView, Hash> receipt_cases(const StateReader& state, const std::optional<Hash>& from,
                                          std::size_t limit) {
    return page_of<ReceiptCases, ReceiptCaseView>(
        state, from, limit, [](const Hash& receipt, const ReceiptCaseRecord& record) {
            return std::optional<ReceiptCaseView>({receipt, record});
        });
}

std::vector<ReceiptCaseView> open_receipt_cases(const StateReader& state) {
    std::vector<ReceiptCaseView> open;
    ReceiptsDue::scan(state, [&](const ReceiptDueKey& key, const Nothing&) {
        open.push_back({key.receipt, ReceiptCases::get(state, key.receipt)});
        return true;
    });
    return open;
}

std::vector<ReceiptCaseView> receipt_turns_of(const StateReader& state, const Account& account) {
    std::vector<ReceiptCaseView> turns = open_receipt_cases(state);
    std::erase_if(turns, [&](const ReceiptCaseView& one) {
        const Juror* const juror = find_juror(one.record.committee, account);
        if (juror == nullptr) return true;
        if (one.record.stage == CaseStage::deciding) return !juror->owes_commitment();
        if (one.record.stage == CaseStage::opening) return !juror->owes_opening();
        return true;
    });
    return turns;
}

namespace {

ShardView shard_view(const StateReader& state, const Hash& hash, ShardRecord record) {
    auto judging = Judgings::find(state, record.offer);
    return {hash, std::move(record), std::move(judging)};
}

}  // namespace

std::optional<OfferView> offer(const StateReader& state, const Account& owner, const Hash& commitment) {
    const auto number = OfferNumbers::find(state, {owner, commitment});
    if (!number) return std::nullopt;
    OfferRecord record = Offers::get(state, *number);
    const protocol::Height earliest = record.offered + ParameterStore::get(state).show_delay_blocks;
    return OfferView{*number, std::move(record), earliest};
}

std::optional<ShardView> shard(const StateReader& state, const Hash& hash) {
    auto record = Shards::find(state, hash);
    if (!record) return std::nullopt;
    return shard_view(state, hash, std::move(*record));
}

Page<ShardView, Hash> shards(const StateReader& state, const std::optional<Hash>& from, std::size_t limit) {
    return page_of<Shards, ShardView>(
        state, from, limit, [&](const Hash& hash, const ShardRecord& record) -> std::optional<ShardView> {
            return shard_view(state, hash, record);
        });
}

std::vector<ShardView> scorings_assigned_to(const StateReader& state, const Account& account) {
    std::vector<ShardView> assigned;
    Judgings::scan(state, [&](std::uint64_t, const JudgingRecord& judging) {
        const bool commits = judging.phase == JudgingPhase::committing;
        if (!commits && judging.phase != JudgingPhase::opening) return true;
        const bool is_due =
            std::any_of(judging.committee.begin(), judging.committee.end(), [&](const Scorer& scorer) {
                return scorer.account == account &&
                       (commits ? !scorer.commitment : scorer.commitment && !scorer.answer);
            });
        if (is_due) assigned.push_back({judging.shard, Shards::get(state, judging.shard), judging});
        return true;
    });
    return assigned;
}

}  // namespace dure::ledger
