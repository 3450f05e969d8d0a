#include "ledger/transactions/join_round.h"

#include <algorithm>

#include "ledger/ownership/balances.h"
#include "ledger/ownership/slashing.h"
#include "ledger/rounds/phases.h"

namespace dure::ledger {

Status check(const JoinRound& payload) {
    if (payload.units == 0 || payload.units > k_max_round_units) {
        return Error{ErrorCode::out_of_range, std::to_string(payload.units) + " work units; offer 1 to " +
                                                  std::to_string(k_max_round_units)};
    }
    return {};
}

namespace {

/// How many units this account may take. Errors: `unauthorized`, `insufficient`: who is no trainer, or has
/// nothing at stake, cannot join.
Result<std::uint32_t> units_allowed(const StateReader& state, const Parameters& parameters,
                                    const Account& account) {
    const auto peer = Peers::find(state, account);
    if (!peer || !peer->is(k_role_trainer)) {
        return Error{ErrorCode::unauthorized,
                     account.address() + " is not registered as a trainer; send register_peer first"};
    }
    if (!load_account(state, account).bonded.is_zero()) return parameters.max_units_per_trainer;
    if (deposit_of(state, account) >= parameters.newcomer_deposit)
        return std::min(parameters.newcomer_units, parameters.max_units_per_trainer);
    return Error{ErrorCode::insufficient,
                 account.address() + " has no bonded shares and no deposit; bond some shares, or post " +
                     to_text(parameters.newcomer_deposit) + " DURE"};
}

}  // namespace

Status apply(const JoinRound& payload, TransactionContext& context) {
    const protocol::Round open = round_to_join(context.state);
    if (payload.round != open) {
        return Error{ErrorCode::conflict, "round " + to_text(payload.round) +
                                              " cannot be joined now; round " + to_text(open) + " can"};
    }
    DURE_TRY(const std::uint32_t allowed, units_allowed(context.state, context.parameters, context.sender));
    if (payload.units > allowed) {
        return Error{ErrorCode::out_of_range, std::to_string(payload.units) + " work units; " +
                                                  context.sender.address() + " may take " +
                                                  std::to_string(allowed) + " a round"};
    }
    RoundRecord round = Rounds::get(context.state, open);
    if (round.participant(context.sender) != nullptr) {
        return Error{ErrorCode::duplicate,
                     context.sender.address() + " has joined round " + to_text(open) + " already"};
    }
    const std::uint64_t units = std::uint64_t{round.units} + payload.units;
    const std::uint64_t windows = units * ChainInfo::get(context.state).windows_per_unit;
    if (round.participants.size() == k_max_participants || units > k_max_round_units ||
        windows > k_max_round_windows) {
        return Error{ErrorCode::unavailable, "round " + to_text(open) + " is full"};
    }
    if (round.participants.empty()) round.first_join = context.height;
    const auto place = std::lower_bound(
        round.participants.begin(), round.participants.end(), context.sender,
        [](const Participant& one, const Account& account) { return one.account < account; });
    round.participants.insert(
        place, {.account = context.sender, .units = payload.units, .first_unit = 0, .weight = {}});
    round.units += payload.units;
    Rounds::put(context.state, open, round);
    context.events.push_back(RoundJoined{.round = open, .trainer = context.sender, .units = payload.units});
    return {};
}

}  // namespace dure::ledger
