// Changes that owners vote on: which parameters may be changed and how far, what was proposed, and where it stands.
// What is not listed in k_votable never changes: minting, the length of epochs, and whatever promises were made by.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "base/codec.h"
#include "base/keys.h"
#include "base/money.h"
#include "base/protocol/types.h"
#include "base/result.h"
#include "ledger/records/parameters.h"

namespace dure::ledger {

inline constexpr std::size_t k_max_changed_parameters = 16;  ///< of one proposal
inline constexpr std::size_t k_max_ranges = 64;
inline constexpr std::size_t k_max_open_proposals = 32;  ///< voted on, or accepted and not yet applied
inline constexpr std::size_t k_kept_proposals = 64;      ///< the latest of the others
inline constexpr std::size_t k_max_change_voters = 256;  ///< counted for one proposal
inline constexpr std::uint64_t k_max_voting_epochs = 64;
inline constexpr std::uint64_t k_max_notice_epochs = 1'000;

/// A parameter by its place in Parameters::fields(), from 0.
struct ParameterChange {
    std::uint32_t parameter = 0;
    std::uint64_t value = 0;

    static constexpr auto fields() {
        return std::tuple(&ParameterChange::parameter, &ParameterChange::value);
    }
    friend bool operator==(const ParameterChange&, const ParameterChange&) = default;
};
using ParameterChanges = BoundedList<ParameterChange, k_max_changed_parameters>;

struct ParameterRange {
    std::uint32_t parameter = 0;
    std::uint64_t least = 0;
    std::uint64_t most = 0;

    static constexpr auto fields() {
        return std::tuple(&ParameterRange::parameter, &ParameterRange::least, &ParameterRange::most);
    }
    friend bool operator==(const ParameterRange&, const ParameterRange&) = default;
};

/// A parameter that a genesis may let be voted on.
struct VotableParameter {
    std::uint32_t number = 0;
    const char* name = nullptr;
};
const std::vector<VotableParameter>& votable_parameters();
/// Null unless it is votable.
const char* votable_name(std::uint32_t number);
/// Nothing unless it is votable.
std::optional<std::uint32_t> votable_number(const std::string& name);
/// Of a votable parameter (asserted).
std::uint64_t value_of(const Parameters& parameters, std::uint32_t number);

/// Fixed by genesis.
struct ChangeRules {
    Coin deposit{10 * k_grain_per_dure};  ///< held while a proposal is voted on
    std::uint32_t quorum_bp = 6'667;      ///< more than this part of all bonded shares accepts
    std::uint64_t voting_epochs = 1;      ///< whole epochs that voting lasts
    BoundedList<ParameterRange, k_max_ranges>
        ranges;  ///< by ascending parameter, each once; no others change

    static constexpr auto fields() {
        using T = ChangeRules;
        return std::tuple(&T::deposit, &T::quorum_bp, &T::voting_epochs, &T::ranges);
    }
    friend bool operator==(const ChangeRules&, const ChangeRules&) = default;

    /// Null if the parameter cannot be changed.
    const ParameterRange* range_of(std::uint32_t parameter) const;
    /// Errors: `out_of_range`: bounds of the rules, a range of what may not change, or one without the value that
    /// genesis gives the parameter.
    Status check(const Parameters& parameters) const;
};

/// The ranges that a new chain gets if its founders name no others: from a fraction of each votable parameter to a
/// multiple of it. A parameter that is 0 gets none.
BoundedList<ParameterRange, k_max_ranges> usual_ranges(const Parameters& parameters);

/// The parameters with these changes. Errors: `out_of_range`, if one may not change or not so far, or if the whole
/// is not what a genesis could have.
Result<Parameters> changed(const Parameters& parameters, const ParameterChanges& changes,
                           const ChangeRules& rules);

enum class ProposalStage : std::uint8_t {
    voting,
    accepted,  ///< waits for its epoch
    applied,
    refused,  ///< too few shares voted for it
    lapsed,   ///< accepted, but no longer possible when its epoch came
};
constexpr ProposalStage last_enumerator(ProposalStage) {
    return ProposalStage::lapsed;
}
const char* name_of(ProposalStage stage);

struct ProposalRecord {
    Account proposer;
    Account depositor;
    Coin deposit;  ///< held while it is voted on; then returned to the depositor
    ParameterChanges parameters;
    std::uint32_t version = 0;  ///< of the protocol; 0: it stays
    protocol::Epoch closes;     ///< votes are counted when this epoch ends
    protocol::Epoch from;       ///< the first epoch that it is to hold in
    ProposalStage stage = ProposalStage::voting;
    protocol::Height proposed;
    Shares for_it;  ///< bonded by those who voted for it, when that was counted
    Shares of_all;  ///< bonded by everybody then

    static constexpr auto fields() {
        using T = ProposalRecord;
        return std::tuple(&T::proposer, &T::depositor, &T::deposit, &T::parameters, &T::version, &T::closes,
                          &T::from, &T::stage, &T::proposed, &T::for_it, &T::of_all);
    }
    friend bool operator==(const ProposalRecord&, const ProposalRecord&) = default;
    bool is_open() const { return stage == ProposalStage::voting || stage == ProposalStage::accepted; }
};

}  // namespace dure::ledger
