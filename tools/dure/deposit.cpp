// dure deposit: a newcomer's deposit back to whoever paid it.
#include <memory>

#include "tools/dure/commands.h"
#include "tools/dure/signing.h"
#include "tools/dure/wallet.h"

namespace dure::tools {

namespace {

struct DepositOptions {
    std::string account;
    SigningOptions signing;
};

Status withdraw(const DepositOptions& options, const SharedOptions& shared) {
    DURE_TRY(Sender sender, open_sender(options.signing, shared));
    Account account = sender.key.account();
    if (!options.account.empty()) {
        DURE_TRY(account, account_from(Wallet(shared.wallet), options.account));
    }
    DURE_TRY(const boost::json::value before, sender.api.get("/v1/accounts/" + account.address()));
    const bool ends = !text_at(before, "deposit_release").empty();
    const std::string amount = text_at(before, "deposit_dure") + " DURE";
    return send_and_report(sender, ledger::WithdrawDeposit{account},
                           ends
                               ? "Returned the deposit of " + amount
                               : "The deposit of " + amount +
                                     " no longer stands; the same command returns it after the chain's delay",
                           shared);
}

}  // namespace

void add_deposit(Program& program) {
    CLI::App& deposit = program.command(nullptr, "deposit", "a newcomer's deposit back",
                                        {"dure deposit withdraw dure1... --from me"});
    deposit.require_subcommand(1);
    const auto options = std::make_shared<DepositOptions>();
    CLI::App& command = program.command(&deposit, "withdraw",
                                        "withdraw the deposit that lets an account train without a bond",
                                        {"dure deposit withdraw", "dure deposit withdraw dure1... --from me"},
                                        "Say it twice: the first ends the deposit's standing (not while the "
                                        "account takes part in a round), the "
                                        "second,\nafter the chain's unbonding delay, returns the coins to "
                                        "whoever paid them. The account itself may "
                                        "say it, or who paid.");
    command.add_option("account", options->account, "whose deposit (none: the signing key's own)");
    add_signing_options(command, options->signing);
    const SharedOptions& shared = program.options();
    program.action(command, [options, &shared] { return withdraw(*options, shared); });
}

}  // namespace dure::tools
