// dure validators, stand, bond, unbond: who orders blocks, and how one joins and leaves them.
#include <iostream>
#include <memory>

#include "node/chain/beacon_secret.h"
#include "tools/dure/api.h"
#include "tools/dure/commands.h"
#include "tools/dure/output.h"
#include "tools/dure/signing.h"

namespace dure::tools {

namespace {

struct StandOptions {
    bool withdraw = false;
    SigningOptions signing;
};

struct StakeOptions {
    std::string amount;
    SigningOptions signing;
};

Status validators(const SharedOptions& shared) {
    DURE_TRY(Api api, Api::open(shared.node));
    DURE_TRY(const boost::json::value answer, api.get("/v1/validators"));
    if (shared.json) {
        std::cout << pretty(answer);
        return {};
    }
    const std::string last = text_at(answer, "last");
    std::cout << "epoch " << text_at(answer, "epoch") << ", from block " << text_at(answer, "first")
              << (last.empty() ? " on: this chain has a single epoch" : " to block " + last) << "\n";
    Table voting({"validator", "weight", "bonded", "newest block", "stands again"});
    for (const auto& one : list_at(answer, "validators")) {
        voting.row({text_at(one, "address"), text_at(one, "weight_shares"), text_at(one, "bonded_shares"),
                    text_at(one, "last_proposal"), flag_at(one, "stands") ? "yes" : "no"});
    }
    std::cout << voting.text();
    if (last.empty()) return {};
    std::cout << "\nthe " << text_at(answer, "max_validators") << " largest bonds of these, of at least "
              << text_at(answer, "validator_bond_shares") << " shares, validate next:\n";
    Table standing({"candidate", "bonded", "since block", "turns missed"});
    for (const auto& one : list_at(answer, "candidates")) {
        standing.row({text_at(one, "address"), text_at(one, "bonded_shares"), text_at(one, "since"),
                      text_at(one, "missed_turns")});
    }
    std::cout << standing.text();
    return {};
}

Status stand(const StandOptions& options, const SharedOptions& shared) {
    DURE_TRY(Sender sender, open_sender(options.signing, shared));
    if (options.withdraw) {
        return send_and_report(sender, ledger::WithdrawCandidacy{},
                               "You stand for validator no more; keep the node running until the epoch ends",
                               shared);
    }
    // A number that no candidacy of this account had before: the account's next nonce only grows. 0 is genesis's.
    DURE_TRY(const boost::json::value account,
             sender.api.get("/v1/accounts/" + sender.key.account().address()));
    const std::uint64_t chain = number_at(account, "next_nonce") + 1;
    const ledger::StandForValidator payload{
        .beacon_link = node::beacon_chain_of(sender.key, node::k_beacon_chain_links, chain).tip(),
        .chain = chain};
    return send_and_report(
        sender, payload, "You stand for validator from the next epoch on; keep a node with this key running",
        shared);
}

template <class Transaction>
Status change_stake(const StakeOptions& options, const SharedOptions& shared, const char* sentence) {
    const auto amount = shares_from_text(options.amount);
    if (!amount) return with_context(amount.error(), "amount");
    DURE_TRY(Sender sender, open_sender(options.signing, shared));
    return send_and_report(sender, Transaction{*amount}, to_text(*amount) + sentence, shared);
}

template <class Run>
void add_stake(Program& program, const char* name, const char* what, const std::string& details, Run run) {
    const auto options = std::make_shared<StakeOptions>();
    CLI::App& command =
        program.command(nullptr, name, what, {std::string("dure ") + name + " 100 --from my-node"}, details);
    command.add_option("amount", options->amount, "in shares")->required();
    add_signing_options(command, options->signing);
    const SharedOptions& shared = program.options();
    program.action(command, [options, &shared, run] { return run(*options, shared); });
}

}  // namespace

void add_validators(Program& program) {
    const SharedOptions& shared = program.options();
    CLI::App& list = program.command(nullptr, "validators", "who orders blocks, and who stands for it",
                                     {"dure validators", "dure validators --json"});
    program.action(list, [&shared] { return validators(shared); });

    const auto options = std::make_shared<StandOptions>();
    CLI::App& command = program.command(nullptr, "stand", "stand for validator",
                                        {"dure stand --from my-node", "dure stand --withdraw --from my-node"},
                                        "With the node's own key, which must have bonded enough shares (dure "
                                        "bond). The largest bonds of those who "
                                        "stand\nvalidate from the next epoch on. --withdraw ends it: the "
                                        "node must run until the epoch is over.");
    command.add_flag("--withdraw", options->withdraw, "stand no more");
    add_signing_options(command, options->signing);
    program.action(command, [options, &shared] { return stand(*options, shared); });

    add_stake(program, "bond", "bind free shares as a stake",
              "Bonded shares go on earning. They are what a validator votes with and a trainer is drawn by, "
              "and what "
              "proven\nwrong-doing costs.",
              [](const StakeOptions& stake, const SharedOptions& all) {
                  return change_stake<ledger::Bond>(stake, all, " shares are bonded now");
              });
    add_stake(program, "unbond", "take shares out of the bond",
              "They become free after the chain's unbonding delay, and can be slashed until then.",
              [](const StakeOptions& stake, const SharedOptions& all) {
                  return change_stake<ledger::Unbond>(
                      stake, all, " shares leave the bond; they are free after the chain's unbonding delay");
              });
}

}  // namespace dure::tools
