// The chain's parameters, fixed by genesis. Every bound that the protocol's cost depends on is here or is a
// constant below.
#pragma once

#include <cstdint>
#include <tuple>

#include "base/codec.h"
#include "base/money.h"
#include "base/result.h"

namespace dure::ledger {

inline constexpr std::uint32_t k_basis_points = 10'000;

// Bounds that hold on every chain, whatever its parameters say.
inline constexpr std::size_t k_max_participants = 256;     ///< joined nodes of a round
inline constexpr std::uint32_t k_max_round_units = 1'024;  ///< work units of a round
inline constexpr std::uint32_t k_max_windows_per_unit = 65'536;
inline constexpr std::uint64_t k_max_round_windows =
    1'048'576;  ///< of all units of a round: they are counted when it is decided
inline constexpr std::uint64_t k_kept_window_rounds =
    64;  ///< the latest rounds whose units' windows stay in the state
inline constexpr std::size_t k_max_committee = 16;  ///< scorers of a shard
inline constexpr std::size_t k_max_audit_redraws = 8;
inline constexpr std::size_t k_max_holders = 16;  ///< of a work unit's bytes
inline constexpr std::uint32_t k_max_pending_shards =
    1'024;  ///< offers not shown and shards not yet judged, of all accounts
inline constexpr std::uint32_t k_max_rejudging = 8;  ///< accepted shards being scored anew at a time
inline constexpr std::size_t k_max_template_bytes = 1'024;
inline constexpr std::size_t k_sketch_values = 128;
inline constexpr std::size_t k_near_duplicate =
    48;  ///< equal entries of two sketches from which on texts count as one
inline constexpr std::size_t k_sketch_bands = 42;        ///< of three entries each; two entries are left over
inline constexpr std::uint64_t k_max_queue_checks = 32;  ///< shards compared with others in a block, about
inline constexpr std::size_t k_max_band_candidates = 64;  ///< looked at in a band, the earliest offers first
inline constexpr std::size_t k_max_score_peers = 32;
inline constexpr std::size_t k_max_scoring_windows = 64;
inline constexpr std::size_t k_max_withdraw_voters = 256;
inline constexpr std::size_t k_max_vesting_rounds = 64;
inline constexpr std::size_t k_max_unbondings = 16;  ///< unbondings of one account under way
inline constexpr std::uint64_t k_max_blob_bytes = std::uint64_t{1} << 30;
inline constexpr std::uint64_t k_max_shard_tokens = std::uint64_t{1} << 32;
inline constexpr std::uint64_t k_max_shard_score = std::uint64_t{1} << 40;
inline constexpr std::uint64_t k_kept_settlements = 1'024;  ///< the latest settlements stay in the state

struct Parameters {
    // Transactions
    Coin minimum_fee{1'000};

    // Channels: how a settlement is split. Owners get the rest, 75 percent by default.
    std::uint32_t settlement_server_bp = 2'000;
    std::uint32_t settlement_validators_bp = 500;
    std::uint64_t channel_close_delay_blocks = 100;

    // Bonds
    std::uint64_t unbonding_delay_blocks = 1'000;

    // Epochs and who validates in them
    std::uint64_t epoch_blocks = 0;     ///< 0: a single epoch, with genesis's validators for good
    std::uint32_t max_validators = 64;  ///< the so many largest bonds of those who stand
    std::uint32_t min_validators = 1;   ///< with fewer, or
    Shares min_validators_bond{1};      ///< with less bonded by all of them, the validators before go on
    Shares validator_bond{1};           ///< that must stand behind each of them
    std::uint32_t absent_turns =
        32;  ///< that a validator missed in a row, about: it stands no more; 0: never

    // Proven wrong-doing, and those who have nothing bonded to lose
    std::uint32_t slash_stake_bp = 5'000;       ///< of the stake, for a lost dispute
    std::uint32_t evidence_slash_bp = 1'000;    ///< of the stake, for signing twice
    std::uint32_t scorer_slash_bp = 500;        ///< of the stake, for a false score
    std::uint32_t prover_reward_bp = 1'000;     ///< of what is slashed; the rest burns
    std::uint64_t evidence_age_blocks = 1'000;  ///< evidence is taken for at least so long
    Coin newcomer_deposit{k_grain_per_dure};    ///< with it one may train without a bond,
    std::uint32_t newcomer_units = 1;           ///< so many units a round

    // Servers, and receipts of theirs that are said to be false
    Coin server_bond{0};                     ///< that must stand behind whoever sells answers
    Coin receipt_deposit{100'000'000};       ///< staked by whoever says that a receipt is false
    std::uint64_t receipt_age_blocks = 200;  ///< so long a receipt can be reported
    std::uint32_t receipt_slash_bp = 5'000;  ///< of a server's bond, for a false receipt; beside the refund

    // Data
    Coin shard_deposit{100'000'000};
    std::uint64_t max_shard_bytes = 16 * 1024 * 1024;
    std::uint32_t max_pending_shards_per_account = 64;
    std::uint64_t show_delay_blocks = 2;      ///< from an offer to the earliest block that may show it
    std::uint64_t show_blocks = 200;          ///< and to the last one; then the deposit is forfeited
    std::uint32_t data_committee = 3;         ///< scorers drawn for a shard
    std::uint32_t data_second_committee = 7;  ///< and for one that they did not agree on
    std::uint64_t scoring_blocks = 60;        ///< until those who committed to nothing are replaced
    std::uint64_t scoring_open_blocks = 20;   ///< until those who did not open do not count
    std::uint32_t scoring_redraws = 3;        ///< how often the silent are replaced before a shard lapses
    std::uint32_t scoring_windows = 16;       ///< over which a shard's gain is averaged
    std::uint64_t first_usual_score = 4'000;  ///< what scores are about, until scores say it (data/scores.h)
    std::uint32_t withdraw_vote_bp = 5'000;   ///< more than this part of all bonded shares withdraws a shard

    // Rounds
    std::uint64_t joining_blocks = 5;   ///< joining stays open at least so long after the first join
    std::uint64_t round_interval = 20;  ///< blocks from one round's training to the next one's at least
    std::uint64_t training_blocks = 120;
    std::uint64_t reveal_blocks = 30;
    std::uint64_t audit_blocks = 120;
    std::uint64_t opening_blocks = 30;  ///< to open what was committed to: segments, answers, attestations
    std::uint64_t check_blocks = 60;
    std::uint64_t attest_blocks = 60;
    std::uint32_t audit_redraws = 1;
    std::uint32_t audit_safety_permille = 3'000;  ///< how much more a lost dispute must cost than cheating
                                                  ///< could bring; 0: every unit is audited whole
    std::uint32_t holders = 3;                    ///< drawn for each update, to say that its bytes can be had
    std::uint32_t holder_quorum = 2;              ///< so many of them must
    std::uint64_t dispute_blocks = 60;            ///< for each move of a dispute
    std::uint32_t dispute_committee = 7;          ///< who replay the disputed step
    std::uint32_t dispute_redraws = 3;  ///< committees that may fail to agree before nobody is found guilty
    std::uint32_t max_units_per_trainer = 8;
    std::uint32_t attest_bonded_min_bp =
        1'000;  ///< of all bonded shares, that must stand behind a checkpoint

    // Minting
    Shares round_pool{1'000 * k_units_per_share};
    std::uint64_t halving_rounds = 10'000;
    std::uint32_t target_units = 4;
    std::uint32_t mint_compute_bp = 6'000;
    std::uint32_t mint_data_bp = 3'500;
    std::uint32_t mint_validators_bp = 500;
    /// What merging and attesting the next checkpoint weighs, against a work unit's 1000.
    std::uint32_t attestation_weight_permille = 20;
    std::uint32_t scoring_weight_permille = 100;  ///< what scoring a shard weighs
    std::uint32_t verdict_weight_permille = 100;  ///< what deciding a dispute weighs
    std::uint32_t max_window_repeats =
        4;  ///< a shard is paid in a round for so many times its windows at most
    std::uint32_t vesting_rounds = 10;

    static constexpr auto fields() {
        using T = Parameters;
        return std::tuple(
            &T::minimum_fee, &T::settlement_server_bp, &T::settlement_validators_bp,
            &T::channel_close_delay_blocks, &T::unbonding_delay_blocks, &T::epoch_blocks, &T::max_validators,
            &T::min_validators, &T::min_validators_bond, &T::validator_bond, &T::absent_turns,
            &T::slash_stake_bp, &T::evidence_slash_bp, &T::scorer_slash_bp, &T::prover_reward_bp,
            &T::evidence_age_blocks, &T::newcomer_deposit, &T::newcomer_units, &T::server_bond,
            &T::receipt_deposit, &T::receipt_age_blocks, &T::receipt_slash_bp, &T::shard_deposit,
            &T::max_shard_bytes, &T::max_pending_shards_per_account, &T::show_delay_blocks, &T::show_blocks,
            &T::data_committee, &T::data_second_committee, &T::scoring_blocks, &T::scoring_open_blocks,
            &T::scoring_redraws, &T::scoring_windows, &T::first_usual_score, &T::withdraw_vote_bp,
            &T::joining_blocks, &T::round_interval, &T::training_blocks, &T::reveal_blocks, &T::audit_blocks,
            &T::opening_blocks, &T::check_blocks, &T::attest_blocks, &T::audit_redraws,
            &T::audit_safety_permille, &T::holders, &T::holder_quorum, &T::dispute_blocks,
            &T::dispute_committee, &T::dispute_redraws, &T::max_units_per_trainer, &T::attest_bonded_min_bp,
            &T::round_pool, &T::halving_rounds, &T::target_units, &T::mint_compute_bp, &T::mint_data_bp,
            &T::mint_validators_bp, &T::attestation_weight_permille, &T::scoring_weight_permille,
            &T::verdict_weight_permille, &T::max_window_repeats, &T::vesting_rounds);
    }
    friend bool operator==(const Parameters&, const Parameters&) = default;

    /// From leaving a server's bond until the coins can be taken: longer than a receipt lives.
    std::uint64_t server_unbonding_blocks() const { return unbonding_delay_blocks + receipt_age_blocks; }

    /// Errors: `out_of_range`, naming the parameter and its bounds.
    Status check() const;
};

}  // namespace dure::ledger
