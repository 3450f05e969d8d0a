// dure server: the coins that stand behind a server's receipts.
#include <memory>

#include "tools/dure/commands.h"
#include "tools/dure/signing.h"

namespace dure::tools {

namespace {

struct BondOptions {
    std::string amount;
    SigningOptions signing;
};

template <class Transaction>
Status change(const BondOptions& options, const SharedOptions& shared, const char* sentence) {
    const auto amount = coin_from_text(options.amount);
    if (!amount) return with_context(amount.error(), "amount");
    DURE_TRY(Sender sender, open_sender(options.signing, shared));
    return send_and_report(sender, Transaction{*amount}, to_text(*amount) + sentence, shared);
}

template <class Run>
void add_one(Program& program, CLI::App& parent, const char* name, const char* what, const char* example,
             Run run) {
    const auto options = std::make_shared<BondOptions>();
    CLI::App& command = program.command(&parent, name, what, {example});
    command.add_option("amount", options->amount, "in DURE")->required();
    add_signing_options(command, options->signing);
    const SharedOptions& shared = program.options();
    program.action(command, [options, &shared, run] { return run(*options, shared); });
}

}  // namespace

void add_server(Program& program) {
    CLI::App& server = program.command(nullptr, "server", "the coins that stand behind what a server signs",
                                       {"dure server bond 100 --from my-node"});
    server.require_subcommand(1);
    add_one(program, server, "bond", "bond coins, from which payers of false answers are refunded",
            "dure server bond 100 --from my-node",
            [](const BondOptions& options, const SharedOptions& shared) {
                return change<ledger::BondServer>(options, shared,
                                                  " DURE stand behind this server's receipts now");
            });
    add_one(program, server, "unbond", "take coins out of the bond", "dure server unbond 40 --from my-node",
            [](const BondOptions& options, const SharedOptions& shared) {
                return change<ledger::UnbondServer>(
                    options, shared,
                    " DURE leave the bond; dure server withdraw pays them once no receipt needs them");
            });
    const auto signing = std::make_shared<SigningOptions>();
    CLI::App& withdraw = program.command(&server, "withdraw", "get what has left the bond",
                                         {"dure server withdraw --from my-node"});
    add_signing_options(withdraw, *signing);
    const SharedOptions& shared = program.options();
    program.action(withdraw, [signing, &shared]() -> Status {
        DURE_TRY(Sender sender, open_sender(*signing, shared));
        return send_and_report(sender, ledger::WithdrawServerBond{}, "What had left the bond is yours again",
                               shared);
    });
}

}  // namespace dure::tools
