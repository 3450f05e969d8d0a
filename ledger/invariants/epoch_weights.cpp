#include "base/protocol/validators.h"
#include "ledger/invariants/invariants.h"

namespace dure::ledger {

Status check_epoch_weights(const StateReader& state, const Aggregates&) {
    protocol::ValidatorSet set;
    bool is_backed = true;
    Validators::scan(state, [&](const Account& account, const ValidatorRecord& validator) {
        set.validators.push_back({account, validator.weight});
        const Shares stake = Accounts::get(state, account).bonded + validator.slashed;
        is_backed = is_backed && stake.value >= validator.weight;
        return true;
    });
    if (set.hash() != CurrentEpoch::get(state).validators) {
        return Error{ErrorCode::internal,
                     "the invariant 'epoch weights' is broken: the validators' weights are not the snapshot "
                     "the epoch began with"};
    }
    if (!is_backed)
        return Error{
            ErrorCode::internal,
            "the invariant 'epoch weights' is broken: a validator's bond and what was slashed of it are "
            "less than its weight"};
    return {};
}

}  // namespace dure::ledger
