#include "base/protocol/validators.h"
#include "ledger/invariants/invariants.h"

namespace dure::ledger {

Status check_epoch_weights(const StateReader& state, const Aggregates&) {
    const protocol::Epoch running = CurrentEpoch::get(state);
    const auto last = last_height_of(ParameterStore::get(state).epoch_blocks, running);
    protocol::ValidatorSet set;
    bool is_backed = true;
    Validators::scan(state, [&](const Account& account, const ValidatorRecord& validator) {
        set.validators.push_back({account, validator.weight});
        const AccountRecord owner = Accounts::get(state, account);
        const Shares stake = last ? owner.stake_through(*last) : owner.bonded;
        is_backed = is_backed && (stake + validator.slashed).value >= validator.weight;
        return true;
    });
    if (set != Epochs::get(state, running).validators) {
        return Error{ErrorCode::internal,
                     "the invariant 'epoch weights' is broken: the validators' weights are not the snapshot "
                     "the epoch began with"};
    }
    if (!is_backed)
        return Error{ErrorCode::internal,
                     "the invariant 'epoch weights' is broken: a validator's bond, what of it is unbonding "
                     "until after "
                     "the epoch, and what was slashed of it are less than its weight"};
    return {};
}

}  // namespace dure::ledger
