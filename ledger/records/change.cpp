#include "ledger/records/change.h"

#include <algorithm>
#include <limits>
#include <type_traits>
#include <variant>

#include "base/assert.h"

namespace dure::ledger {

namespace {

using Field = std::variant<std::uint32_t Parameters::*, std::uint64_t Parameters::*, Coin Parameters::*,
                           Shares Parameters::*>;

struct Votable {
    VotableParameter parameter;
    Field field;
    std::uint64_t factor;  ///< usual ranges go from value / factor to value × factor
};

/// A field's place in Parameters::fields().
template <class M>
std::uint32_t number_of(M member) {
    std::uint32_t number = 0;
    bool found = false;
    const auto look_at = [&](auto one) {
        if constexpr (std::is_same_v<decltype(one), M>) found = found || one == member;
        if (!found) ++number;
    };
    std::apply([&](auto... one) { (look_at(one), ...); }, Parameters::fields());
    DURE_ASSERT(found);
    return number;
}

template <class M>
Votable votable(const char* name, M member, std::uint64_t factor) {
    return {{number_of(member), name}, member, factor};
}

/// A list of what may change, not of what may not. Not on it: minting; `epoch_blocks`, by which heights lie in epochs;
/// the ages of evidence and receipts and the delay of unbonding, which stakes were bonded under; what the members of
/// a committee must all compute alike while they judge.
const std::vector<Votable>& table() {
    using T = Parameters;
    static const std::vector<Votable> all = [] {
        std::vector<Votable> list{
            votable("minimum_fee", &T::minimum_fee, 10),
            votable("settlement_server_bp", &T::settlement_server_bp, 2),
            votable("settlement_validators_bp", &T::settlement_validators_bp, 2),
            votable("channel_close_delay_blocks", &T::channel_close_delay_blocks, 4),
            votable("max_validators", &T::max_validators, 4),
            votable("min_validators", &T::min_validators, 4),
            votable("min_validators_bond", &T::min_validators_bond, 100),
            votable("validator_bond", &T::validator_bond, 100),
            votable("absent_turns", &T::absent_turns, 4),
            votable("slash_stake_bp", &T::slash_stake_bp, 2),
            votable("evidence_slash_bp", &T::evidence_slash_bp, 4),
            votable("scorer_slash_bp", &T::scorer_slash_bp, 4),
            votable("prover_reward_bp", &T::prover_reward_bp, 4),
            votable("newcomer_deposit", &T::newcomer_deposit, 100),
            votable("newcomer_units", &T::newcomer_units, 4),
            votable("server_bond", &T::server_bond, 100),
            votable("receipt_deposit", &T::receipt_deposit, 100),
            votable("receipt_slash_bp", &T::receipt_slash_bp, 2),
            votable("shard_deposit", &T::shard_deposit, 100),
            votable("max_pending_shards_per_account", &T::max_pending_shards_per_account, 4),
            votable("show_blocks", &T::show_blocks, 4),
            votable("scoring_blocks", &T::scoring_blocks, 4),
            votable("scoring_open_blocks", &T::scoring_open_blocks, 4),
            votable("withdraw_vote_bp", &T::withdraw_vote_bp, 2),
            votable("joining_blocks", &T::joining_blocks, 4),
            votable("round_interval", &T::round_interval, 4),
            votable("training_blocks", &T::training_blocks, 4),
            votable("reveal_blocks", &T::reveal_blocks, 4),
            votable("audit_blocks", &T::audit_blocks, 4),
            votable("opening_blocks", &T::opening_blocks, 4),
            votable("check_blocks", &T::check_blocks, 4),
            votable("attest_blocks", &T::attest_blocks, 4),
            votable("dispute_blocks", &T::dispute_blocks, 4),
            votable("max_units_per_trainer", &T::max_units_per_trainer, 4),
            votable("attest_bonded_min_bp", &T::attest_bonded_min_bp, 4),
        };
        std::sort(list.begin(), list.end(),
                  [](const Votable& a, const Votable& b) { return a.parameter.number < b.parameter.number; });
        return list;
    }();
    return all;
}

const Votable* find(std::uint32_t number) {
    for (const Votable& one : table()) {
        if (one.parameter.number == number) return &one;
    }
    return nullptr;
}

std::uint64_t number_in(std::uint32_t value) {
    return value;
}
std::uint64_t number_in(std::uint64_t value) {
    return value;
}
std::uint64_t number_in(Coin value) {
    return value.value;
}
std::uint64_t number_in(Shares value) {
    return value.value;
}

std::uint64_t value_in(const Parameters& parameters, const Field& field) {
    return std::visit([&](auto member) { return number_in(parameters.*member); }, field);
}

/// False if the field is too narrow for it.
bool set(Parameters& parameters, const Field& field, std::uint64_t value) {
    return std::visit(
        [&](auto member) {
            using V = std::remove_reference_t<decltype(parameters.*member)>;
            if constexpr (std::is_same_v<V, std::uint32_t>) {
                if (value > std::numeric_limits<std::uint32_t>::max()) return false;
                parameters.*member = static_cast<std::uint32_t>(value);
            } else {
                parameters.*member = V{value};
            }
            return true;
        },
        field);
}

Error refused(std::string message) {
    return {ErrorCode::out_of_range, std::move(message)};
}

}  // namespace

const std::vector<VotableParameter>& votable_parameters() {
    static const std::vector<VotableParameter> all = [] {
        std::vector<VotableParameter> list;
        for (const Votable& one : table())
            list.push_back(one.parameter);
        return list;
    }();
    return all;
}

const char* votable_name(std::uint32_t number) {
    const Votable* found = find(number);
    return found == nullptr ? nullptr : found->parameter.name;
}

std::optional<std::uint32_t> votable_number(const std::string& name) {
    for (const Votable& one : table()) {
        if (one.parameter.name == name) return one.parameter.number;
    }
    return std::nullopt;
}

std::uint64_t value_of(const Parameters& parameters, std::uint32_t number) {
    const Votable* found = find(number);
    DURE_ASSERT(found != nullptr);
    return value_in(parameters, found->field);
}

const ParameterRange* ChangeRules::range_of(std::uint32_t parameter) const {
    for (const ParameterRange& range : ranges) {
        if (range.parameter == parameter) return &range;
    }
    return nullptr;
}

Status ChangeRules::check(const Parameters& parameters_of_genesis) const {
    if (deposit.value == 0 || deposit.value >= k_max_supply)
        return refused("changes: the deposit is " + to_text(deposit) + " DURE; it must be more than 0");
    if (quorum_bp < k_basis_points / 2 || quorum_bp >= k_basis_points) {
        return refused("changes: quorum_bp is " + std::to_string(quorum_bp) + "; it must lie between " +
                       std::to_string(k_basis_points / 2) + " and " + std::to_string(k_basis_points - 1));
    }
    if (voting_epochs == 0 || voting_epochs > k_max_voting_epochs) {
        return refused("changes: voting_epochs is " + std::to_string(voting_epochs) +
                       "; it must lie between 1 and " + std::to_string(k_max_voting_epochs));
    }
    for (std::size_t i = 0; i < ranges.size(); ++i) {
        const ParameterRange& range = ranges[i];
        const Votable* found = find(range.parameter);
        if (found == nullptr) {
            return refused("changes: parameter number " + std::to_string(range.parameter) +
                           " cannot be voted on; leave its range out");
        }
        const std::string name = found->parameter.name;
        if (i > 0 && ranges[i - 1].parameter >= range.parameter)
            return refused("changes: the ranges must ascend by parameter, each once; see " + name);
        const std::uint64_t value = value_in(parameters_of_genesis, found->field);
        if (value < range.least || value > range.most) {
            return refused("changes: " + name + " begins with " + std::to_string(value) +
                           ", outside its range of " + std::to_string(range.least) + " to " +
                           std::to_string(range.most));
        }
    }
    return {};
}

BoundedList<ParameterRange, k_max_ranges> usual_ranges(const Parameters& parameters) {
    BoundedList<ParameterRange, k_max_ranges> ranges;
    for (const Votable& one : table()) {
        const std::uint64_t value = value_in(parameters, one.field);
        if (value == 0) continue;
        const std::uint64_t most = value > k_max_supply / one.factor ? k_max_supply : value * one.factor;
        ranges.push_back({one.parameter.number, std::max<std::uint64_t>(1, value / one.factor), most});
    }
    return ranges;
}

Result<Parameters> changed(const Parameters& parameters, const ParameterChanges& changes,
                           const ChangeRules& rules) {
    Parameters result = parameters;
    for (const ParameterChange& change : changes) {
        const Votable* found = find(change.parameter);
        const ParameterRange* range = rules.range_of(change.parameter);
        if (found == nullptr || range == nullptr) {
            return refused("this chain's genesis lets nobody change parameter number " +
                           std::to_string(change.parameter));
        }
        if (change.value < range->least || change.value > range->most ||
            !set(result, found->field, change.value)) {
            return refused(std::string(found->parameter.name) + " = " + std::to_string(change.value) +
                           ": genesis fixes a range of " + std::to_string(range->least) + " to " +
                           std::to_string(range->most));
        }
    }
    DURE_CHECK(result.check());
    return result;
}

const char* name_of(ProposalStage stage) {
    switch (stage) {
        case ProposalStage::voting:
            return "voting";
        case ProposalStage::accepted:
            return "accepted";
        case ProposalStage::applied:
            return "applied";
        case ProposalStage::refused:
            return "refused";
        case ProposalStage::lapsed:
            return "lapsed";
    }
    DURE_ASSERT(false);
    return "";
}

}  // namespace dure::ledger
