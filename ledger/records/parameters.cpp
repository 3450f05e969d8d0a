#include "ledger/records/parameters.h"

#include <string>

#include "base/protocol/validators.h"

namespace dure::ledger {

namespace {

Status require_between(const char* name, std::uint64_t value, std::uint64_t least, std::uint64_t most) {
    if (value >= least && value <= most) return {};
    return Error{ErrorCode::out_of_range, "parameter " + std::string(name) + " is " + std::to_string(value) +
                                              "; it must lie between " + std::to_string(least) + " and " +
                                              std::to_string(most)};
}

/// Deadlines are added to heights; this keeps the sums far from wrapping.
constexpr std::uint64_t k_most_blocks = std::uint64_t{1} << 40;

/// All that is ever minted is less than 2 × pool × halving rounds ≤ 2^62 share units.
constexpr std::uint64_t k_most_round_pool = std::uint64_t{1} << 45;
constexpr std::uint64_t k_most_halving_rounds = std::uint64_t{1} << 16;

/// A prover who earned more than a tenth could gain by proving things against himself.
constexpr std::uint64_t k_most_prover_reward_bp = 1'000;

/// What is unbonded while an epoch's weights rest on it must outlast the evidence of that epoch.
Status check_epochs(const Parameters& parameters) {
    DURE_CHECK(require_between("epoch_blocks", parameters.epoch_blocks, 0, k_most_blocks));
    DURE_CHECK(require_between("max_validators", parameters.max_validators, 1, protocol::k_max_validators));
    DURE_CHECK(require_between("min_validators", parameters.min_validators, 1, parameters.max_validators));
    DURE_CHECK(require_between("min_validators_bond", parameters.min_validators_bond.value, 1, k_max_supply));
    DURE_CHECK(require_between("validator_bond", parameters.validator_bond.value, 1, k_max_supply));
    DURE_CHECK(require_between("absent_turns", parameters.absent_turns, 0, 1'000'000));
    if (parameters.epoch_blocks == 0) return {};
    return require_between("unbonding_delay_blocks (with epochs: longer than one and the age of evidence)",
                           parameters.unbonding_delay_blocks,
                           parameters.epoch_blocks + parameters.evidence_age_blocks + 1, k_most_blocks);
}

}  // namespace

Status Parameters::check() const {
    DURE_CHECK(require_between("minimum_fee", minimum_fee.value, 0, k_max_supply));
    DURE_CHECK(require_between("settlement_server_bp", settlement_server_bp, 0, k_basis_points));
    DURE_CHECK(require_between("settlement_validators_bp", settlement_validators_bp, 0,
                               k_basis_points - settlement_server_bp));
    DURE_CHECK(require_between("channel_close_delay_blocks", channel_close_delay_blocks, 1, k_most_blocks));
    DURE_CHECK(require_between("unbonding_delay_blocks", unbonding_delay_blocks, 1, k_most_blocks));
    DURE_CHECK(require_between("slash_stake_bp", slash_stake_bp, 0, k_basis_points));
    DURE_CHECK(require_between("evidence_slash_bp", evidence_slash_bp, 0, k_basis_points));
    DURE_CHECK(require_between("scorer_slash_bp", scorer_slash_bp, 0, k_basis_points));
    DURE_CHECK(require_between("prover_reward_bp", prover_reward_bp, 0, k_most_prover_reward_bp));
    DURE_CHECK(require_between("evidence_age_blocks", evidence_age_blocks, 1, k_most_blocks));
    DURE_CHECK(check_epochs(*this));
    DURE_CHECK(require_between("newcomer_deposit", newcomer_deposit.value, 0, k_max_supply));
    DURE_CHECK(require_between("newcomer_units", newcomer_units, 0, k_max_round_units));
    DURE_CHECK(require_between("server_bond", server_bond.value, 0, k_max_supply));
    DURE_CHECK(require_between("receipt_deposit", receipt_deposit.value, 0, k_max_supply));
    DURE_CHECK(require_between("receipt_age_blocks", receipt_age_blocks, 1, k_most_blocks));
    DURE_CHECK(require_between("receipt_slash_bp", receipt_slash_bp, 0, k_basis_points));
    DURE_CHECK(require_between("shard_deposit", shard_deposit.value, 0, k_max_supply));
    DURE_CHECK(require_between("max_shard_bytes", max_shard_bytes, 1, k_max_blob_bytes));
    DURE_CHECK(require_between("max_pending_shards_per_account", max_pending_shards_per_account, 1,
                               k_max_pending_shards));
    DURE_CHECK(require_between("show_delay_blocks", show_delay_blocks, 1, k_most_blocks));
    DURE_CHECK(require_between("show_blocks", show_blocks, show_delay_blocks, k_most_blocks));
    DURE_CHECK(require_between("data_committee", data_committee, 1, k_max_committee));
    DURE_CHECK(
        require_between("data_second_committee", data_second_committee, data_committee, k_max_committee));
    DURE_CHECK(require_between("scoring_open_blocks", scoring_open_blocks, 1, k_most_blocks));
    DURE_CHECK(require_between("scoring_windows", scoring_windows, 1, k_max_scoring_windows));
    DURE_CHECK(require_between("first_usual_score", first_usual_score, 1, k_max_shard_score));
    DURE_CHECK(require_between("withdraw_vote_bp", withdraw_vote_bp, 0, k_basis_points));
    DURE_CHECK(require_between("scoring_blocks", scoring_blocks, 1, k_most_blocks));
    DURE_CHECK(require_between("scoring_redraws", scoring_redraws, 0, 100));
    DURE_CHECK(require_between("joining_blocks", joining_blocks, 1, k_most_blocks));
    DURE_CHECK(require_between("round_interval", round_interval, 1, k_most_blocks));
    DURE_CHECK(require_between("training_blocks", training_blocks, 1, k_most_blocks));
    DURE_CHECK(require_between("reveal_blocks", reveal_blocks, 1, k_most_blocks));
    DURE_CHECK(require_between("opening_blocks", opening_blocks, 1, k_most_blocks));
    DURE_CHECK(require_between("check_blocks", check_blocks, 1, k_most_blocks));
    DURE_CHECK(require_between("audit_blocks", audit_blocks, 1, k_most_blocks));
    DURE_CHECK(require_between("attest_blocks", attest_blocks, 1, k_most_blocks));
    DURE_CHECK(require_between("audit_redraws", audit_redraws, 0, k_max_audit_redraws));
    DURE_CHECK(require_between("audit_safety_permille", audit_safety_permille, 0, 1'000'000));
    DURE_CHECK(require_between("holders", holders, 1, k_max_holders));
    DURE_CHECK(require_between("holder_quorum", holder_quorum, 1, holders));
    DURE_CHECK(require_between("dispute_blocks", dispute_blocks, 1, k_most_blocks));
    DURE_CHECK(require_between("dispute_committee", dispute_committee, 1, k_max_committee));
    DURE_CHECK(require_between("dispute_redraws", dispute_redraws, 0, k_max_audit_redraws));
    DURE_CHECK(require_between("max_units_per_trainer", max_units_per_trainer, 1, k_max_round_units));
    DURE_CHECK(require_between("attest_bonded_min_bp", attest_bonded_min_bp, 0, k_basis_points));
    DURE_CHECK(require_between("round_pool", round_pool.value, 0, k_most_round_pool));
    DURE_CHECK(require_between("halving_rounds", halving_rounds, 1, k_most_halving_rounds));
    DURE_CHECK(require_between("target_units", target_units, 1, k_max_round_units));
    DURE_CHECK(require_between("mint_compute_bp", mint_compute_bp, 0, k_basis_points));
    DURE_CHECK(require_between("mint_data_bp", mint_data_bp, 0, k_basis_points - mint_compute_bp));
    DURE_CHECK(require_between("mint_validators_bp", mint_validators_bp, 0,
                               k_basis_points - mint_compute_bp - mint_data_bp));
    DURE_CHECK(require_between("attestation_weight_permille", attestation_weight_permille, 0, 1'000));
    DURE_CHECK(require_between("scoring_weight_permille", scoring_weight_permille, 0, 1'000));
    DURE_CHECK(require_between("verdict_weight_permille", verdict_weight_permille, 0, 1'000));
    DURE_CHECK(require_between("max_window_repeats", max_window_repeats, 1, 1'000'000));
    DURE_CHECK(require_between("vesting_rounds", vesting_rounds, 1, k_max_vesting_rounds));
    return {};
}

}  // namespace dure::ledger
