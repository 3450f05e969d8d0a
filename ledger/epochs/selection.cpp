#include "ledger/epochs/selection.h"

#include <algorithm>

#include "ledger/ownership/balances.h"

namespace dure::ledger {

namespace {

constexpr std::uint64_t k_thousandths = 1'000;

struct Standing {
    Account account;
    Shares bonded;
    CandidateRecord record;
};

/// What a candidate begins to validate with. One who validates by the same standing goes on where it is.
ValidatorRecord beginning(const Standing& one, const std::optional<ValidatorRecord>& before) {
    if (before && before->stood_at == one.record.stood_at) {
        ValidatorRecord record = *before;
        record.weight = one.bonded.value;
        return record;
    }
    return {.weight = one.bonded.value,
            .beacon_link = one.record.beacon_link,
            .reveals = one.record.reveals,
            .last_reveal = {},
            .stood_at = one.record.stood_at,
            .chain = one.record.chain,
            .slashed = {}};
}

void add(Selection& selection, const Account& account, const ValidatorRecord& record) {
    selection.validators.validators.push_back({account, record.weight});
    selection.records.push_back(record);
}

/// The running validators with what they have bonded now; as they are if nobody has anything.
Selection going_on(const StateReader& state) {
    Selection selection;
    Selection as_they_are;
    Validators::scan(state, [&](const Account& account, const ValidatorRecord& validator) {
        add(as_they_are, account, validator);
        ValidatorRecord record = validator;
        record.weight = load_account(state, account).bonded.value;
        if (record.weight > 0) add(selection, account, record);
        return true;
    });
    if (selection.records.empty()) selection = std::move(as_they_are);
    selection.goes_on = true;
    return selection;
}

}  // namespace

std::uint64_t missed_turns(const CandidateRecord& candidate, const ValidatorRecord& validator,
                           const EpochRecord& running, std::uint64_t epoch_blocks) {
    if (validator.last_reveal >= running.first) return 0;
    return candidate.missed_turns +
           mul_div(epoch_blocks * k_thousandths, validator.weight, running.validators.total_weight());
}

Selection select_validators(const StateReader& state, const Parameters& parameters) {
    const EpochRecord running = Epochs::get(state, CurrentEpoch::get(state));
    const std::uint64_t absent = k_thousandths * parameters.absent_turns;
    Selection selection;
    std::vector<Standing> standing;
    Candidates::scan(state, [&](const Account& account, const CandidateRecord& candidate) {
        const Shares bonded = load_account(state, account).bonded;
        const auto validator = Validators::find(state, account);
        const bool is_absent =
            absent > 0 && validator && validator->stood_at == candidate.stood_at &&
            missed_turns(candidate, *validator, running, parameters.epoch_blocks) >= absent;
        if (bonded < parameters.validator_bond || is_absent) {
            selection.dropped.push_back(account);
        } else {
            standing.push_back({account, bonded, candidate});
        }
        return true;
    });
    std::sort(standing.begin(), standing.end(), [](const Standing& a, const Standing& b) {
        return a.bonded != b.bonded ? a.bonded > b.bonded : a.account < b.account;
    });
    standing.resize(std::min<std::size_t>(standing.size(), parameters.max_validators));
    Shares bonded;
    for (const Standing& one : standing)
        bonded += one.bonded;
    if (standing.size() < parameters.min_validators || bonded < parameters.min_validators_bond)
        return going_on(state);
    std::sort(standing.begin(), standing.end(),
              [](const Standing& a, const Standing& b) { return a.account < b.account; });
    for (const Standing& one : standing)
        add(selection, one.account, beginning(one, Validators::find(state, one.account)));
    return selection;
}

protocol::ValidatorSet next_validators(const StateReader& state, const Parameters& parameters) {
    return select_validators(state, parameters).validators;
}

}  // namespace dure::ledger
