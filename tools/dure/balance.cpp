// dure balance: what an account has, and on request the proof that it is so.
#include <iostream>
#include <memory>

#include "tools/dure/account_proof.h"
#include "tools/dure/api.h"
#include "tools/dure/commands.h"
#include "tools/dure/light.h"
#include "tools/dure/light_follower.h"
#include "tools/dure/output.h"
#include "tools/dure/wallet.h"

namespace dure::tools {

namespace {

namespace json = boost::json;

struct BalanceOptions {
    std::string account;
    bool proof = false;
    bool trustless = false;
    std::string genesis;
};

struct Answer {
    json::value body;
    std::optional<ProvenAccount> proven;
};

/// What the proven entry says, and nothing that only the node says.
json::object proven_json(const Account& account, const ProvenAccount& proven) {
    const ledger::AccountRecord record = proven.record.value_or(ledger::AccountRecord{});
    return {{"address", account.address()},
            {"height", proven.height},
            {"state_root", proven.state_root.hex()},
            {"exists", proven.record.has_value()},
            {"balance", std::to_string(record.balance.value)},
            {"balance_dure", to_text(record.balance)},
            {"pending_dure", to_text(Coin{record.pending.high})},
            {"next_nonce", record.nonce},
            {"free_shares", to_text(record.free)},
            {"bonded_shares", to_text(record.bonded)},
            {"unvested_shares", to_text(record.unvested())},
            {"unbonding_shares", to_text(record.unbonding_total())},
            {"total_shares", to_text(record.all_shares())}};
}

/// With finality: from what `dure light` knows, or from genesis. What is learned on the way is kept for the former.
Result<Answer> ask_trustless(const BalanceOptions& options, const SharedOptions& shared, Api& api,
                             const Account& account) {
    const std::filesystem::path file = options.trustless ? default_light_file(shared) : "";
    DURE_TRY(protocol::LightClient light, open_light_client(file, options.genesis));
    const AskNode ask = [&api](std::string_view target) { return api.get(target); };
    Result<NewestFinal> newest = ask_newest(light, ask, account);
    if (!newest) {
        return is_lie(newest.error()) ? with_context(newest.error(), "do not believe " + api.url())
                                      : newest.error();
    }
    Answer answer{.body = std::move(newest->answer), .proven = {}};
    DURE_TRY(answer.proven, check_account_proof(account, answer.body, &light));
    if (options.trustless) {
        DURE_CHECK(keep_progress(light, file));
        answer.body = proven_json(account, *answer.proven);
    }
    return answer;
}

std::string proof_sentence(const ProvenAccount& proven) {
    const std::string where =
        "state root " + proven.state_root.hex() + " of header " + std::to_string(proven.height);
    const std::string what = proven.record ? "holds this account with " + to_text(proven.record->balance) +
                                                 " DURE and nonce " + std::to_string(proven.record->nonce)
                                           : "holds no such account";
    const std::string trust = proven.finality_checked
                                  ? ", which more than two thirds of the validators made final"
                                  : " (--trustless also checks that the header is final)";
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
    DURE_TRY(Api api, Api::open(shared.node));
    json::value answer;
    std::optional<ProvenAccount> proven;
    if (options.trustless || !options.genesis.empty()) {
        DURE_TRY(Answer all, ask_trustless(options, shared, api, account));
        answer = std::move(all.body);
        proven = std::move(all.proven);
    } else {
        DURE_TRY(answer, api.get("/v1/accounts/" + account.address() + (options.proof ? "?proof=1" : "")));
        if (options.proof) {
            DURE_TRY(proven, check_account_proof(account, answer, nullptr));
        }
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
        {"dure balance", "dure balance dure1… --proof", "dure balance --trustless",
         "dure balance node-1 --genesis genesis.bin"},
        "With --proof the node must show the account's entry in the state's Merkle tree, and this program "
        "checks its path to\n"
        "the state root of a header; with --trustless or --genesis also that the validators made that header "
        "final:\n"
        "by what dure light knows of the chain, or from genesis on. --trustless shows only what the proven "
        "entry says:\n"
        "as it was when the account was last touched, without the fees owed since.");
    command.add_option("account", options->account,
                       "an address or the name of one of your keys (none: your default key)");
    command.add_flag("--proof", options->proof, "ask for a proof and check it");
    command.add_flag("--trustless", options->trustless, "check everything, from where dure light has got to");
    command.add_option("--genesis", options->genesis, "the chain's genesis file: check finality from there")
        ->type_name("FILE");
    const SharedOptions& shared = program.options();
    program.action(command, [options, &shared] { return balance(*options, shared); });
}

}  // namespace dure::tools
