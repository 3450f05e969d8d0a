// What lies where in the state: each table is a one-byte prefix, then the key's bytes (numbers big-endian, so
// that scans ascend), then the record by the codec. Prefixes are part of the protocol: append only.
#pragma once

#include <cstdint>
#include <optional>
#include <tuple>
#include <utility>

#include "base/assert.h"
#include "base/codec.h"
#include "base/hash.h"
#include "base/keys.h"
#include "ledger/records/account.h"
#include "ledger/records/chain.h"
#include "ledger/records/change.h"
#include "ledger/records/channel.h"
#include "ledger/records/dispute.h"
#include "ledger/records/epoch.h"
#include "ledger/records/flows.h"
#include "ledger/records/judging.h"
#include "ledger/records/parameters.h"
#include "ledger/records/peer.h"
#include "ledger/records/pool.h"
#include "ledger/records/receipt_case.h"
#include "ledger/records/round.h"
#include "ledger/records/shard.h"
#include "ledger/records/slashing.h"
#include "ledger/state/overlay.h"

namespace dure::ledger {

struct UnitKey {
    protocol::Round round;
    std::uint32_t unit = 0;
    static constexpr auto fields() { return std::tuple(&UnitKey::round, &UnitKey::unit); }
};

struct RoundAccountKey {
    protocol::Round round;
    Account account;
    static constexpr auto fields() { return std::tuple(&RoundAccountKey::round, &RoundAccountKey::account); }
};

/// Something that is to be looked at when this height comes.
struct DueKey {
    protocol::Height height;
    UnitKey unit;
    static constexpr auto fields() { return std::tuple(&DueKey::height, &DueKey::unit); }
};

/// A case that is to be looked at when this height comes.
struct ReceiptDueKey {
    protocol::Height height;
    Hash receipt;
    static constexpr auto fields() { return std::tuple(&ReceiptDueKey::height, &ReceiptDueKey::receipt); }
};

/// A row of a receipt, under an account that it concerns.
struct EarningKey {
    Account account;
    protocol::Round round;
    std::uint32_t line = 0;
    static constexpr auto fields() {
        return std::tuple(&EarningKey::account, &EarningKey::round, &EarningKey::line);
    }
};

/// What a validator signed twice in.
struct OffenceKey {
    Account account;
    protocol::Epoch epoch;
    protocol::Slot slot;
    static constexpr auto fields() {
        return std::tuple(&OffenceKey::account, &OffenceKey::epoch, &OffenceKey::slot);
    }
};

/// An offer, by whose it is and what it commits to. Who repeats another's commitment only makes an offer that it can
/// never show.
struct OfferKey {
    Account owner;
    Hash commitment;
    static constexpr auto fields() { return std::tuple(&OfferKey::owner, &OfferKey::commitment); }
};

struct ChangeVoteKey {
    std::uint64_t proposal = 0;
    Account account;
    static constexpr auto fields() { return std::tuple(&ChangeVoteKey::proposal, &ChangeVoteKey::account); }
};

struct ShardAccountKey {
    Hash shard;
    Account account;
    static constexpr auto fields() { return std::tuple(&ShardAccountKey::shard, &ShardAccountKey::account); }
};

/// Shards whose sketches agree in one band, by their offers' numbers.
struct BandKey {
    std::uint8_t band = 0;
    std::uint64_t digest = 0;
    std::uint64_t offer = 0;
    static constexpr auto fields() { return std::tuple(&BandKey::band, &BandKey::digest, &BandKey::offer); }
};
struct BandPart {
    std::uint8_t band = 0;
    std::uint64_t digest = 0;
    static constexpr auto fields() { return std::tuple(&BandPart::band, &BandPart::digest); }
};

namespace table_detail {

template <class T>
void append_key(Bytes& out, const T& part) {
    if constexpr (std::unsigned_integral<T>) {
        for (std::size_t i = sizeof(T); i-- > 0;)
            out.push_back(static_cast<std::uint8_t>(part >> (8 * i)));
    } else if constexpr (codec_detail::k_is_byte_array<T>) {
        out.insert(out.end(), part.begin(), part.end());
    } else {
        std::apply([&](auto... member) { (append_key(out, part.*member), ...); }, T::fields());
    }
}

template <class T>
void read_key(ByteView& in, T& part) {
    if constexpr (std::unsigned_integral<T>) {
        DURE_ASSERT(in.size() >= sizeof(T));
        part = 0;
        for (std::size_t i = 0; i < sizeof(T); ++i)
            part = static_cast<T>(static_cast<T>(part << 8) | in[i]);
        in = in.subspan(sizeof(T));
    } else if constexpr (codec_detail::k_is_byte_array<T>) {
        DURE_ASSERT(in.size() >= part.size());
        std::memcpy(part.data(), in.data(), part.size());
        in = in.subspan(part.size());
    } else {
        std::apply([&](auto... member) { (read_key(in, part.*member), ...); }, T::fields());
    }
}

}  // namespace table_detail

/// A stored record. What the ledger wrote it can read: anything else means that the state is damaged, and
/// stops the node.
template <class Record>
Record decode_stored(ByteView bytes) {
    auto record = decode<Record>(bytes);
    DURE_ASSERT(record.has_value());
    return std::move(*record);
}

template <std::uint8_t prefix, class K, class R>
struct Table {
    using Key = K;
    using Record = R;
    static constexpr std::uint8_t k_prefix = prefix;

    static Bytes key(const Key& key) {
        Bytes bytes{prefix};
        table_detail::append_key(bytes, key);
        return bytes;
    }
    static Key parse_key(ByteView bytes) {
        DURE_ASSERT(!bytes.empty() && bytes[0] == prefix);
        bytes = bytes.subspan(1);
        Key key{};
        table_detail::read_key(bytes, key);
        DURE_ASSERT(bytes.empty());
        return key;
    }
    static std::optional<Record> find(const StateReader& state, const Key& wanted) {
        const auto bytes = state.get(key(wanted));
        if (!bytes) return std::nullopt;
        return decode_stored<Record>(*bytes);
    }
    static bool contains(const StateReader& state, const Key& wanted) {
        return state.get(key(wanted)).has_value();
    }
    /// A record that an invariant says is there.
    static Record get(const StateReader& state, const Key& wanted) {
        auto record = find(state, wanted);
        DURE_ASSERT(record.has_value());
        return std::move(*record);
    }
    static void put(Overlay& state, const Key& where, const Record& record) {
        state.put(key(where), encode(record));
    }
    static void erase(Overlay& state, const Key& where) { state.erase(key(where)); }

    /// Calls visit(key, record) in ascending order, from `from` on, until it returns false.
    template <class Visit>
    static void scan_from(const StateReader& state, const Key& from, Visit&& visit) {
        scan_bytes(state, Bytes{prefix}, key(from), std::forward<Visit>(visit));
    }
    template <class Visit>
    static void scan(const StateReader& state, Visit&& visit) {
        scan_bytes(state, Bytes{prefix}, {}, std::forward<Visit>(visit));
    }
    /// Only keys that begin with `part` (a leading field of the key).
    template <class Part, class Visit>
    static void scan_part(const StateReader& state, const Part& part, Visit&& visit) {
        Bytes begin{prefix};
        table_detail::append_key(begin, part);
        scan_bytes(state, begin, {}, std::forward<Visit>(visit));
    }

  private:
    template <class Visit>
    static void scan_bytes(const StateReader& state, ByteView begin, ByteView from, Visit&& visit) {
        state.scan(begin, from, [&](ByteView key_bytes, ByteView value) {
            return visit(parse_key(key_bytes), decode_stored<Record>(value));
        });
    }
};

/// A record that there is exactly one of, from genesis on.
template <std::uint8_t prefix, class R>
struct Single {
    using Record = R;
    static Bytes key() { return {prefix}; }
    static Record get(const StateReader& state) {
        const auto bytes = state.get(key());
        DURE_ASSERT(bytes.has_value());
        return decode_stored<Record>(*bytes);
    }
    static void put(Overlay& state, const Record& record) { state.put(key(), encode(record)); }
};

struct Nothing {
    static constexpr auto fields() { return std::tuple<>(); }
};

using ChainInfo = Single<1, ChainRecord>;
using ParameterStore = Single<2, Parameters>;
using Head = Single<3, HeadRecord>;
using Beacon = Single<4, BeaconRecord>;
using CurrentEpoch = Single<5, protocol::Epoch>;
using Pool = Single<6, PoolRecord>;
using Treasury = Single<7, TreasuryRecord>;
using DataTotals = Single<8, DataRecord>;
using ChangeRulesStore = Single<10, ChangeRules>;
using ProposalCount = Single<11, std::uint64_t>;    ///< ever made; the next one's number
using ProtocolVersion = Single<12, std::uint32_t>;  ///< of the next block
using Accounts = Table<16, Account, AccountRecord>;
using Peers = Table<17, Account, PeerRecord>;
using Validators = Table<18, Account, ValidatorRecord>;
using Channels = Table<19, Hash, ChannelRecord>;
using Shards = Table<20, Hash, ShardRecord>;
using SamplingTable = Table<22, std::uint64_t, SampledShard>;
using Credits = Table<23, Account, CreditRecord>;  ///< compute work that is not yet paid
using Rounds = Table<24, protocol::Round, RoundRecord>;
using Units = Table<25, UnitKey, UnitRecord>;
using Attestations = Table<26, RoundAccountKey, AttestationRecord>;
using MintRows = Table<27, UnitKey, MintRow>;                    ///< by round and line
using Settlements = Table<28, std::uint64_t, SettlementRecord>;  ///< the latest k_kept_settlements
using Disputes = Table<30, UnitKey, DisputeRecord>;              ///< of a unit: the latest
using DisputesDue = Table<31, DueKey, Nothing>;                  ///< the open ones by when they move on
using Deposits = Table<35, Account, DepositRecord>;              ///< by whom they let train without a bond
using ClawBacks = Table<36, UnitKey, ClawBackRecord>;            ///< of rows of MintRows, by their keys
using Earnings = Table<37, EarningKey, Nothing>;  ///< MintRows by contributor, and by beneficiary
using Generations = Table<38, protocol::Generation, GenerationRecord>;
using Offences = Table<39, OffenceKey, Nothing>;  ///< that were slashed
using PendingOffers =
    Table<29, Account, std::uint32_t>;  ///< an owner's offers not shown and shards not judged
using SamplingSums = Table<40, std::uint64_t, SamplingWeight>;  ///< ledger/data/sampling.h
using UnitWindows = Table<41, UnitKey, UnitWindowList>;         ///< of the latest k_kept_window_rounds
using Offers = Table<42, std::uint64_t, OfferRecord>;           ///< neither shown nor expired
using OfferNumbers = Table<43, OfferKey, std::uint64_t>;        ///< of those
using Judgings = Table<44, std::uint64_t, JudgingRecord>;       ///< under way, by the offers' numbers
using Sketches = Table<45, Hash, Sketch>;      ///< of all shards that Shards holds, and of the hold-out
using SketchBands = Table<46, BandKey, Hash>;  ///< of shards being judged, accepted or withdrawn
using Shown = Table<47, std::uint64_t, Hash>;  ///< shards in the order in which they were shown
using WithdrawVotes = Table<48, ShardAccountKey, Nothing>;
using ShareFlows = Table<50, Account, ShareFlowRecord>;  ///< of accounts that have any
using ServerBonds = Table<51, Account, ServerBondRecord>;
using ReceiptCases = Table<52, Hash, ReceiptCaseRecord>;   ///< by receipt: open ones, and decided ones
using ReceiptsDue = Table<53, ReceiptDueKey, Nothing>;     ///< the open ones by when they move on
using Epochs = Table<54, protocol::Epoch, EpochRecord>;    ///< the running one, and all before it
using Candidates = Table<55, Account, CandidateRecord>;    ///< who stand for validator
using ProposedBlocks = Table<56, Account, std::uint64_t>;  ///< since the last round was finished
using Proposals =
    Table<57, std::uint64_t, ProposalRecord>;           ///< open ones, and the latest k_kept_proposals others
using ChangeVotes = Table<58, ChangeVoteKey, Nothing>;  ///< for proposals that are voted on

}  // namespace dure::ledger
