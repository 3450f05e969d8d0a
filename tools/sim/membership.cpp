#include "tools/sim/membership.h"

#include <algorithm>

#include "ledger/views.h"

namespace dure::sim {

using namespace protocol;
using ledger::StateReader;

std::optional<Transaction> Membership::next(const StateReader& state, Chance& chance,
                                            const std::function<std::uint64_t(const Account&)>& next_nonce) {
    const Height height = ledger::head(state).height;
    if (height < newest_) return std::nullopt;  // somebody who is behind
    newest_ = height;
    if (!change_) change_ = unfinished(state);
    if (!change_) {
        const std::size_t validator = chance.below(validators_.size());
        const bool leaves = chance.one_in(2);
        if (validators_[validator].role != Role::honest || !can_be_spared(validator)) return std::nullopt;
        change_ = Change{.validator = validator, .leaves = leaves};
    }
    const MemberSetup& who = validators_[change_->validator];
    const auto payload = step(state);
    if (!payload) return std::nullopt;
    return village_.signed_by(who.account, *who.signer, next_nonce(who.account), *payload);
}

bool Membership::can_be_spared(std::size_t validator) const {
    std::uint64_t faulty = 0, rest = 0, heaviest = 0;
    for (std::size_t i = 0; i < scenario_.weights.size(); ++i) {
        const bool honest = scenario_.roles[i] == Role::honest;
        if (!honest) faulty += scenario_.weights[i];
        if (i == validator) continue;
        rest += scenario_.weights[i];
        if (honest) heaviest = std::max(heaviest, scenario_.weights[i]);
    }
    return 3 * faulty + heaviest < rest;
}

/// A word that was sent twice may have come true after its change was over.
std::optional<Membership::Change> Membership::unfinished(const StateReader& state) const {
    for (std::size_t i = 0; i < validators_.size(); ++i) {
        if (validators_[i].role != Role::honest) continue;
        const ledger::AccountView account = ledger::account(state, validators_[i].account);
        if (account.unbonding.value > 0 || account.free.value > 0)
            return Change{.validator = i, .leaves = false, .away = true};
        if (!ledger::Candidates::contains(state, validators_[i].account))
            return Change{.validator = i, .leaves = true, .away = true};
    }
    return std::nullopt;
}

std::optional<ledger::Payload> Membership::step(const StateReader& state) {
    return change_->leaves ? leave_and_return(state) : move_stake(state);
}

std::optional<ledger::Payload> Membership::leave_and_return(const StateReader& state) {
    const Account& account = validators_[change_->validator].account;
    const bool stands = ledger::Candidates::contains(state, account);
    const bool votes = ledger::validator(state, account).has_value();
    if (!change_->away) {
        if (stands) return ledger::WithdrawCandidacy{};
        change_->away = !votes;
        return std::nullopt;
    }
    return stand_again(state);
}

std::optional<ledger::Payload> Membership::stand_again(const StateReader& state) {
    const std::size_t place = change_->validator;
    const Account& account = validators_[place].account;
    if (ledger::Candidates::contains(state, account)) {
        if (ledger::validator(state, account)) finish();
        return std::nullopt;
    }
    const std::uint64_t chain = ++chains_[place];
    return ledger::StandForValidator{.beacon_link = validators_[place].beacon_of(chain).tip(),
                                     .chain = chain};
}

std::optional<ledger::Payload> Membership::move_stake(const StateReader& state) {
    const ledger::AccountView account = ledger::account(state, validators_[change_->validator].account);
    if (!change_->away) {
        change_->away = account.unbonding.value > 0;
        if (change_->away) return std::nullopt;
        return ledger::Unbond{.amount = Shares{account.bonded.value / 4}};
    }
    if (account.free.value > 0) return ledger::Bond{.amount = account.free};
    if (account.unbonding.value > 0) return std::nullopt;
    return stand_again(state);
}

void Membership::finish() {
    change_.reset();
    ++finished_;
}

}  // namespace dure::sim
