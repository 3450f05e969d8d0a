#include "ledger/transactions/propose_change.h"

#include "ledger/ownership/balances.h"

namespace dure::ledger {

Status check(const ProposeChange& payload) {
    if (payload.parameters.empty() && payload.version == 0)
        return Error{ErrorCode::out_of_range,
                     "a proposal that changes nothing; name a parameter, or a protocol version"};
    for (std::size_t i = 1; i < payload.parameters.size(); ++i) {
        if (payload.parameters[i - 1].parameter >= payload.parameters[i].parameter)
            return Error{ErrorCode::out_of_range,
                         "the parameters of a proposal must ascend by number, each once"};
    }
    return {};
}

namespace {

/// Errors: `unauthorized`, `insufficient`, `conflict`, `unavailable`.
Status require_may_propose(const TransactionContext& context) {
    const Shares bonded = load_account(context.state, context.sender).bonded;
    if (bonded < context.parameters.validator_bond) {
        return Error{ErrorCode::insufficient, context.sender.address() + " has " + to_text(bonded) +
                                                  " bonded shares; who proposes a change needs at least " +
                                                  to_text(context.parameters.validator_bond)};
    }
    std::size_t open = 0;
    bool proposes = false;
    Proposals::scan(context.state, [&](std::uint64_t, const ProposalRecord& one) {
        open += one.is_open() ? 1U : 0U;
        proposes = proposes || (one.stage == ProposalStage::voting && one.proposer == context.sender);
        return true;
    });
    if (proposes) {
        return Error{ErrorCode::conflict, context.sender.address() +
                                              " has a proposal that is voted on; propose again when that "
                                              "is counted"};
    }
    if (open >= k_max_open_proposals) {
        return Error{ErrorCode::unavailable, std::to_string(open) +
                                                 " proposals are voted on or wait to be applied, which is as "
                                                 "many as can; try again after the next epoch"};
    }
    return {};
}

/// Errors: `out_of_range`.
Status require_epoch(protocol::Epoch from, protocol::Epoch closes) {
    const std::uint64_t least = closes.value + 2;
    const std::uint64_t most = least + k_max_notice_epochs;
    if (from.value >= least && from.value <= most) return {};
    return Error{ErrorCode::out_of_range, "a change from epoch " + to_text(from) +
                                              " on; votes are counted at the end of epoch " +
                                              to_text(closes) + ", so it can hold from epoch " +
                                              std::to_string(least) + " to " + std::to_string(most) + " on"};
}

}  // namespace

Status apply(const ProposeChange& payload, TransactionContext& context) {
    if (context.parameters.epoch_blocks == 0) {
        return Error{ErrorCode::unavailable,
                     "this chain has a single epoch: its parameters are those that genesis gives"};
    }
    DURE_CHECK(require_may_propose(context));
    const ChangeRules rules = ChangeRulesStore::get(context.state);
    const protocol::Epoch running = CurrentEpoch::get(context.state);
    const protocol::Epoch closes{running.value + rules.voting_epochs};
    DURE_CHECK(require_epoch(payload.from, closes));
    const std::uint32_t version = ProtocolVersion::get(context.state);
    if (payload.version != 0 && payload.version <= version) {
        return Error{ErrorCode::out_of_range, "the chain runs protocol version " + std::to_string(version) +
                                                  "; only a later one can be proposed, not " +
                                                  std::to_string(payload.version)};
    }
    if (const auto possible = changed(context.parameters, payload.parameters, rules); !possible)
        return possible.error();
    DURE_CHECK(debit(context.state, context.payer, rules.deposit));
    TreasuryRecord treasury = Treasury::get(context.state);
    treasury.change_deposits += rules.deposit;
    Treasury::put(context.state, treasury);

    const std::uint64_t number = ProposalCount::get(context.state);
    ProposalCount::put(context.state, number + 1);
    ProposalRecord record;
    record.proposer = context.sender;
    record.depositor = context.payer;
    record.deposit = rules.deposit;
    record.parameters = payload.parameters;
    record.version = payload.version;
    record.closes = closes;
    record.from = payload.from;
    record.proposed = context.height;
    Proposals::put(context.state, number, record);
    context.events.push_back(ChangeProposed{
        .proposal = number, .account = context.sender, .closes = closes, .from = payload.from});
    return {};
}

}  // namespace dure::ledger
