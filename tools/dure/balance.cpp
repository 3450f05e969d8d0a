// dure balance: what an account has, and on request the proof that it is so.
#include <iostream>
#include <memory>

#include "tools/dure/account_proof.h"
#include "tools/dure/api.h"
#include "tools/dure/commands.h"
#include "tools/dure/node_folder.h"
#include "tools/dure/output.h"
#include "tools/dure/wallet.h"

namespace dure::tools {

namespace {

namespace json = boost::json;

struct BalanceOptions {
    std::string account;
    bool proof = false;
    std::string genesis;
};

std::string proof_sentence(const ProvenAccount& proven) {
    const std::string where =
        "state root " + proven.state_root.hex() + " of header " + std::to_string(proven.height);
    const std::string what = proven.record ? "holds this account with " + to_text(proven.record->balance) +
                                                 " DURE and nonce " + std::to_string(proven.record->nonce)
                                           : "holds no such account";
    const std::string trust = proven.finality_checked
                                  ? ", which two thirds of genesis's validators made final"
                                  : " (--genesis FILE also checks that the header is final)";
    return "proven: " + where + " " + what + trust;
}

Status balance(const BalanceOptions& options, const SharedOptions& shared) {
    const Wallet wallet(shared.wallet);
    Account account;
    if (options.account.empty()) {
        DURE_TRY(const Wallet::Entry entry, wallet.find(""));
        account = entry.account;
    } else {
        DURE_TRY(account, account_from(wallet, options.account));
    }
    const bool prove = options.proof || !options.genesis.empty();
    DURE_TRY(Api api, Api::open(shared.node));
    DURE_TRY(json::value answer, api.get("/v1/accounts/" + account.address() + (prove ? "?proof=1" : "")));
    std::optional<ProvenAccount> proven;
    if (prove) {
        std::optional<ledger::Genesis> genesis;
        if (!options.genesis.empty()) {
            DURE_TRY(genesis, read_genesis(options.genesis));
        }
        DURE_TRY(proven, check_account_proof(account, answer, genesis ? &*genesis : nullptr));
    }
    if (shared.json) {
        if (proven) {
            answer.as_object()["proof_checked"] = true;
            answer.as_object()["finality_checked"] = proven->finality_checked;
        }
        std::cout << pretty(answer);
        return {};
    }
    Table table({"account", account.address()});
    table.row({"coins", text_at(answer, "balance_dure") + " DURE"});
    table.row({"fees owed", text_at(answer, "pending_dure") + " DURE (dure claim)"});
    table.row({"shares", text_at(answer, "total_shares") + " = free " + text_at(answer, "free_shares") +
                             " + bonded " + text_at(answer, "bonded_shares") + " + vesting " +
                             text_at(answer, "unvested_shares") + " + unbonding " +
                             text_at(answer, "unbonding_shares")});
    table.row({"next nonce", text_at(answer, "next_nonce")});
    std::cout << table.text();
    if (proven) std::cout << proof_sentence(*proven) << "\n";
    return {};
}

}  // namespace

void add_balance(Program& program) {
    const auto options = std::make_shared<BalanceOptions>();
    CLI::App& command = program.command(
        nullptr, "balance", "coins, shares and fees of an account",
        {"dure balance", "dure balance dure1… --proof", "dure balance node-1 --genesis genesis.bin"},
        "With --proof the node must show the account's entry in the state's Merkle tree, and this program "
        "checks its path to\n"
        "the state root of a header; with --genesis also that the validators made that header final.");
    command.add_option("account", options->account,
                       "an address or the name of one of your keys (none: your default key)");
    command.add_flag("--proof", options->proof, "ask for a proof and check it");
    command.add_option("--genesis", options->genesis, "the chain's genesis file: check finality too")
        ->type_name("FILE");
    const SharedOptions& shared = program.options();
    program.action(command, [options, &shared] { return balance(*options, shared); });
}

}  // namespace dure::tools
