// dure send: coins or shares to somebody else.
#include <memory>

#include "tools/dure/commands.h"
#include "tools/dure/signing.h"
#include "tools/dure/wallet.h"

namespace dure::tools {

namespace {

struct SendOptions {
    std::string to;
    std::string amount;
    bool shares = false;
    SigningOptions signing;
};

Status send(const SendOptions& options, const SharedOptions& shared) {
    DURE_TRY(const Account to, account_from(Wallet(shared.wallet), options.to));
    if (options.shares) {
        auto amount = shares_from_text(options.amount);
        if (!amount) return with_context(amount.error(), "amount");
        DURE_TRY(Sender sender, open_sender(options.signing, shared));
        return send_and_report(sender, ledger::TransferShares{to, *amount},
                               "Sent " + to_text(*amount) + " shares to " + to.address(), shared);
    }
    auto amount = coin_from_text(options.amount);
    if (!amount) return with_context(amount.error(), "amount");
    DURE_TRY(Sender sender, open_sender(options.signing, shared));
    return send_and_report(sender, ledger::Transfer{to, *amount},
                           "Sent " + to_text(*amount) + " DURE to " + to.address(), shared);
}

}  // namespace

void add_send(Program& program) {
    const auto options = std::make_shared<SendOptions>();
    CLI::App& command = program.command(nullptr, "send", "coins or shares to somebody else",
                                        {"dure send dure1… 12.5", "dure send savings 3 --shares --from main"},
                                        "The receiver is an address or the name of a key of your wallet.");
    command.add_option("to", options->to, "the receiver")->required();
    command.add_option("amount", options->amount, "how much, in DURE (or in shares with --shares)")
        ->required();
    command.add_flag("--shares", options->shares, "send free shares instead of coins");
    add_signing_options(command, options->signing);
    const SharedOptions& shared = program.options();
    program.action(command, [options, &shared] { return send(*options, shared); });
}

}  // namespace dure::tools
