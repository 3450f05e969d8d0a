#include "ledger/invariants/aggregates.h"

namespace dure::ledger {

namespace {

/// Adds a record's part to the sums, or takes it away: modulo 2^64 and 2^128, so that the order of the two
/// does not matter.
class Counter {
  public:
    explicit Counter(Aggregates& sums) : sums_(sums) {}

    void account(const AccountRecord& record, bool adds) {
        const std::uint64_t shares = record.all_shares().value;
        count(sums_.balances, record.balance.value, adds);
        count(sums_.shares, shares, adds);
        count(sums_.bonded, record.bonded.value, adds);
        count(sums_.pending, record.pending.number(), adds);
        count(sums_.unsettled_base, record.checkpoint.number() * shares, adds);
    }
    void channel(const ChannelRecord& record, bool adds) {
        count(sums_.channel_rest, record.deposit.value - record.settled.value, adds);
    }
    void offer(const OfferRecord& record, bool adds) {
        count(sums_.shard_deposits, record.deposit.value, adds);
    }
    void judging(const JudgingRecord& record, bool adds) {
        count(sums_.shard_deposits, record.deposit.value, adds);
    }
    void deposit(const DepositRecord& record, bool adds) {
        count(sums_.newcomer_deposits, record.amount.value, adds);
    }
    void server_bond(const ServerBondRecord& record, bool adds) {
        count(sums_.server_bonds, record.all().value, adds);
    }
    void receipt_case(const ReceiptCaseRecord& record, bool adds) {
        if (record.is_open()) count(sums_.receipt_deposits, record.deposit.value, adds);
    }
    void proposal(const ProposalRecord& record, bool adds) {
        count(sums_.change_deposits, record.deposit.value, adds);
    }

  private:
    static void count(std::uint64_t& sum, std::uint64_t part, bool adds) {
        sum = adds ? sum + part : sum - part;
    }
    static void count(WideSum& sum, Uint128 part, bool adds) {
        sum = WideSum::of(adds ? sum.number() + part : sum.number() - part);
    }

    Aggregates& sums_;
};

/// What a change of one key does to a table's sum.
template <class T, class Count>
void compare(const StateReader& parent, ByteView key, const std::optional<Bytes>& after, Count&& count) {
    std::optional<typename T::Record> old_record;
    std::optional<typename T::Record> new_record;
    if (const auto before = parent.get(key)) old_record = decode_stored<typename T::Record>(*before);
    if (after) new_record = decode_stored<typename T::Record>(*after);
    count(old_record, new_record);
}

}  // namespace

Aggregates aggregates_after(const Aggregates& before, const StateReader& parent, const Overlay& writes) {
    Aggregates sums = before;
    Counter counter(sums);
    writes.visit([&](ByteView key, const std::optional<Bytes>& value) {
        DURE_ASSERT(!key.empty());
        switch (key[0]) {
            case Accounts::k_prefix:
                compare<Accounts>(parent, key, value, [&](const auto& old_record, const auto& new_record) {
                    if (old_record) counter.account(*old_record, false);
                    if (new_record) counter.account(*new_record, true);
                    if (old_record && (!new_record || new_record->nonce < old_record->nonce))
                        ++sums.nonces_lowered;
                });
                break;
            case Channels::k_prefix:
                compare<Channels>(parent, key, value, [&](const auto& old_record, const auto& new_record) {
                    if (old_record) counter.channel(*old_record, false);
                    if (new_record) counter.channel(*new_record, true);
                });
                break;
            case Offers::k_prefix:
                compare<Offers>(parent, key, value, [&](const auto& old_record, const auto& new_record) {
                    if (old_record) counter.offer(*old_record, false);
                    if (new_record) counter.offer(*new_record, true);
                });
                break;
            case Judgings::k_prefix:
                compare<Judgings>(parent, key, value, [&](const auto& old_record, const auto& new_record) {
                    if (old_record) counter.judging(*old_record, false);
                    if (new_record) counter.judging(*new_record, true);
                });
                break;
            case Deposits::k_prefix:
                compare<Deposits>(parent, key, value, [&](const auto& old_record, const auto& new_record) {
                    if (old_record) counter.deposit(*old_record, false);
                    if (new_record) counter.deposit(*new_record, true);
                });
                break;
            case ServerBonds::k_prefix:
                compare<ServerBonds>(parent, key, value, [&](const auto& old_record, const auto& new_record) {
                    if (old_record) counter.server_bond(*old_record, false);
                    if (new_record) counter.server_bond(*new_record, true);
                });
                break;
            case ReceiptCases::k_prefix:
                compare<ReceiptCases>(parent, key, value,
                                      [&](const auto& old_record, const auto& new_record) {
                                          if (old_record) counter.receipt_case(*old_record, false);
                                          if (new_record) counter.receipt_case(*new_record, true);
                                      });
                break;
            case Proposals::k_prefix:
                compare<Proposals>(parent, key, value, [&](const auto& old_record, const auto& new_record) {
                    if (old_record) counter.proposal(*old_record, false);
                    if (new_record) counter.proposal(*new_record, true);
                });
                break;
            default:
                break;
        }
    });
    return sums;
}

Aggregates count_aggregates(const StateReader& state) {
    Aggregates sums;
    Counter counter(sums);
    Accounts::scan(state, [&](const Account&, const AccountRecord& record) {
        counter.account(record, true);
        return true;
    });
    Channels::scan(state, [&](const Hash&, const ChannelRecord& record) {
        counter.channel(record, true);
        return true;
    });
    Offers::scan(state, [&](std::uint64_t, const OfferRecord& record) {
        counter.offer(record, true);
        return true;
    });
    Judgings::scan(state, [&](std::uint64_t, const JudgingRecord& record) {
        counter.judging(record, true);
        return true;
    });
    Deposits::scan(state, [&](const Account&, const DepositRecord& record) {
        counter.deposit(record, true);
        return true;
    });
    ServerBonds::scan(state, [&](const Account&, const ServerBondRecord& record) {
        counter.server_bond(record, true);
        return true;
    });
    ReceiptCases::scan(state, [&](const Hash&, const ReceiptCaseRecord& record) {
        counter.receipt_case(record, true);
        return true;
    });
    Proposals::scan(state, [&](std::uint64_t, const ProposalRecord& record) {
        counter.proposal(record, true);
        return true;
    });
    return sums;
}

}  // namespace dure::ledger
