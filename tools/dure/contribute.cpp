// dure contribute: data or compute.
#include "tools/dure/contribute.h"

#include <iostream>
#include <memory>
#include <thread>

#include "tools/dure/commands.h"
#include "tools/dure/output.h"
#include "tools/dure/run_node.h"
#include "tools/dure/signing.h"
#include "tools/dure/wallet.h"

namespace dure::tools {

namespace {

namespace json = boost::json;

constexpr std::size_t k_max_text_file_bytes = std::size_t{256} << 20;

struct DataOptions {
    std::vector<std::string> files;
    ContributionOptions contribution;
    unsigned wait_seconds = 0;
    SigningOptions signing;
};

constexpr std::chrono::seconds k_final_patience{60};

/// Waits until the shard is judged or the time is over; returns its record.
Result<json::value> judged(Api& api, const Hash& shard, std::chrono::seconds patience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (true) {
        DURE_TRY(json::value record, api.get("/v1/shards/" + shard.hex()));
        if (text_at(record, "status") != "judging" || std::chrono::steady_clock::now() > deadline)
            return record;
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
    }
}

/// Offers and shows what is not offered or shown yet, and waits until that is final.
Status offer_and_show(Sender& sender, const Contribution& contribution, const std::string& file, bool quiet) {
    DURE_TRY(const ContributionStage stage, stage_of(sender.api, sender.key, contribution));
    if (stage == ContributionStage::shown) {
        if (!quiet) std::cout << file << ": is there already, shown by you" << std::endl;
        return {};
    }
    if (stage == ContributionStage::fresh) {
        DURE_TRY(const std::string offer, offer_data(sender.api, sender.key, contribution, sender.fee));
        DURE_TRY(const Receipt receipt, sender.api.wait_for(offer, k_final_patience));
        if (!quiet) {
            std::cout << file << ": offered in block " << receipt.height
                      << ", without saying yet what it is; showing it as soon as that may be" << std::endl;
        }
    } else if (!quiet) {
        std::cout << file << ": offered earlier; showing it now" << std::endl;
    }
    DURE_TRY(const std::string show, show_data(sender.api, sender.key, contribution, sender.fee));
    DURE_TRY(const Receipt receipt, sender.api.wait_for(show, k_final_patience));
    if (!quiet) {
        std::cout << file << ": shown, " << contribution.bytes.size() << " bytes as shard "
                  << contribution.shard.hex() << ", in block " << receipt.height << std::endl;
    }
    return {};
}

void say_verdict(const std::string& file, const json::value& record) {
    const std::string status = text_at(record, "status");
    std::cout << file << ": " << status;
    if (status == "accepted") {
        std::cout << ", " << text_at(record, "answer.tokens") << " tokens, score "
                  << text_at(record, "answer.score")
                  << " (micro-nats that one step on it takes off the loss on texts it could not know)";
    } else if (status == "duplicate") {
        std::cout << ", nearly the same text is there as shard " << text_at(record, "duplicate_of");
    }
    std::cout << std::endl;
}

Status contribute_data(const DataOptions& options, const SharedOptions& shared) {
    DURE_TRY(Sender sender, open_sender(options.signing, shared));
    json::array list;
    for (const std::string& file : options.files) {
        DURE_TRY(const std::string content, read_file(file, k_max_text_file_bytes));
        const auto contribution = make_contribution(file, content, options.contribution);
        if (!contribution) return with_context(contribution.error(), file);
        const Status shown = offer_and_show(sender, *contribution, file, shared.json);
        if (!shown) return with_context(shown.error(), file);
        json::object entry{{"file", file},
                           {"shard", contribution->shard.hex()},
                           {"bytes", contribution->bytes.size()},
                           {"status", "shown"}};
        if (options.wait_seconds > 0) {
            DURE_TRY(const json::value record,
                     judged(sender.api, contribution->shard, std::chrono::seconds(options.wait_seconds)));
            entry["status"] = text_at(record, "status");
            entry["score"] = number_at(record, "answer.score");
            if (!shared.json) say_verdict(file, record);
        }
        list.push_back(std::move(entry));
    }
    if (shared.json) std::cout << pretty(json::object{{"shards", std::move(list)}});
    return {};
}

struct WithdrawOptions {
    std::string shard;
    SigningOptions signing;
};

Status withdraw_data(const WithdrawOptions& options, const SharedOptions& shared) {
    auto shard = Hash::from_hex(options.shard);
    if (!shard) return with_context(shard.error(), "the shard's name");
    DURE_TRY(Sender sender, open_sender(options.signing, shared));
    DURE_TRY(const json::value before, sender.api.get("/v1/shards/" + shard->hex()));
    const bool is_own = text_at(before, "owner") == sender.key.account().address();
    return send_and_report(sender, ledger::WithdrawData{*shard},
                           is_own ? "withdrawn: it is trained on no more, and what had not vested is burned"
                                  : "voted against it: it goes when more than half of all bonded shares do",
                           shared);
}

struct ComputeOptions {
    std::string folder;
    std::string beneficiary;
    std::string bond;
    std::string deposit;
    std::string sponsor;
    std::string fee = "0.00001";
};

/// Coins in place of a bond, the sponsor's if there is one.
Status post_deposit(const ComputeOptions& options, const SecretKey& key, const Wallet& wallet,
                    const SharedOptions& shared, Api& api, Coin fee) {
    auto amount = coin_from_text(options.deposit);
    if (!amount) return with_context(amount.error(), "--deposit");
    std::optional<SecretKey> sponsor;
    if (!options.sponsor.empty()) {
        DURE_TRY(sponsor, wallet.unlock(options.sponsor, password_source(shared)));
    }
    DURE_CHECK(api.send(key, ledger::PostDeposit{*amount}, fee, std::chrono::seconds(60),
                        sponsor ? &*sponsor : nullptr));
    std::cerr << "posted a deposit of " << to_text(*amount) << " DURE; dure deposit returns it to "
              << (sponsor ? sponsor->account() : key.account()).address() << std::endl;
    return {};
}

/// Says on the chain that this node trains and who gets what it earns, unless the chain knows; bonds shares
/// that the node's key owns. Says so on standard error: standard output is the running node's.
Status prepare_trainer(const ComputeOptions& options, const node::NodeConfig& config, const SecretKey& key,
                       const SharedOptions& shared) {
    auto fee = coin_from_text(options.fee);
    if (!fee) return with_context(fee.error(), "--fee");
    const Wallet wallet(shared.wallet);
    std::string name = options.beneficiary;
    if (name.empty()) {
        DURE_TRY(const Wallet::Entry entry, wallet.find(""));
        name = entry.name;
    }
    DURE_TRY(const Account beneficiary, account_from(wallet, name));
    DURE_TRY(Api api, Api::open(shared.node));
    const std::string path = "/v1/accounts/" + key.account().address();
    DURE_TRY(json::value account, api.get(path));
    if (text_at(account, "beneficiary") != beneficiary.address()) {
        // What it sells, if it does, the running node says itself.
        DURE_CHECK(api.send(key,
                            ledger::RegisterPeer{.roles = ledger::k_role_trainer,
                                                 .endpoint = ledger::Endpoint(config.advertised),
                                                 .beneficiary = beneficiary},
                            *fee));
        std::cerr << "registered as a trainer; what it earns goes to " << beneficiary.address() << std::endl;
    }
    if (!options.bond.empty()) {
        auto bond = shares_from_text(options.bond);
        if (!bond) return with_context(bond.error(), "--bond");
        DURE_CHECK(api.send(key, ledger::Bond{*bond}, *fee));
        std::cerr << "bonded " << to_text(*bond) << " shares" << std::endl;
        DURE_TRY(account, api.get(path));
    }
    if (!options.deposit.empty()) {
        DURE_CHECK(post_deposit(options, key, wallet, shared, api, *fee));
        DURE_TRY(account, api.get(path));
    }
    if (number_at(account, "bonded") == 0 && number_at(account, "deposit") == 0) {
        return Error{
            ErrorCode::insufficient,
            "the node's key " + key.account().address() +
                " has no bonded shares and no deposit, and nobody without a stake is given work; "
                "send it coins (dure send " +
                key.account().address() +
                " AMOUNT) and say --deposit AMOUNT here, or free shares (--shares) and say --bond AMOUNT"};
    }
    return {};
}

Status contribute_compute(const ComputeOptions& options, const SharedOptions& shared) {
    DURE_TRY(node::NodeConfig config,
             node::load_config(std::filesystem::path(options.folder) / k_config_file));
    config.trainer = true;
    if (config.advertised.size() > ledger::k_max_endpoint_bytes)
        return Error{ErrorCode::out_of_range, "peers.advertised is longer than 128 bytes"};
    const PasswordSource password = password_source(shared);
    DURE_TRY(const SecretKey key, unlock_node_key(config, password));
    DURE_CHECK(prepare_trainer(options, config, key, shared));
    return run_node(config, key, shared.json);
}

}  // namespace

void add_contribute(Program& program) {
    CLI::App& contribute =
        program.command(nullptr, "contribute", "data or compute, and own a part of the model",
                        {"dure contribute data notes.txt --license CC-BY-4.0", "dure contribute compute"});
    contribute.require_subcommand(1);
    const SharedOptions& shared = program.options();

    const auto options = std::make_shared<DataOptions>();
    CLI::App& data = program.command(
        &contribute, "data", "offer texts or labelled examples for training",
        {"dure contribute data notes.txt more.txt --license CC-BY-4.0 --wait 120",
         "dure contribute data reviews.tsv --license CC0-1.0 --template '{document}\\n{label}'"},
        "Each file (UTF-8) becomes one shard. It is offered first, by a hash that tells nothing, "
        "with a deposit; then shown:\n"
        "who offered first owns a text, whoever else shows it. Run the same command again if it "
        "was interrupted in between.\n"
        "The deposit comes back unless the shard turns out unusable or is not shown in time. You "
        "are paid shares for every\n"
        "window of it that a round trains on. What is there already, or nearly, is refused. "
        "With --template a file is a table\n"
        "(.tsv with a line of names, or .jsonl), and each row is put into the template.");
    data.add_option("files", options->files, "text files, or tables")->required();
    ContributionOptions& what = options->contribution;
    data.add_option("--license", what.license, "under which you give it (an SPDX identifier)")->required();
    data.add_option("--language", what.language, "BCP 47 tag")->capture_default_str();
    data.add_option("--tag", what.tags, "what it is about, a word; may be given up to eight times");
    data.add_option("--template", what.pattern,
                    "how a row becomes text: {column} stands for a field, \\n for a new line");
    data.add_option("--wait", options->wait_seconds, "wait so many seconds for the committee's verdict")
        ->capture_default_str();
    add_signing_options(data, options->signing);
    program.action(data, [options, &shared] { return contribute_data(*options, shared); });

    const auto gone = std::make_shared<WithdrawOptions>();
    CLI::App& withdraw = program.command(
        &contribute, "withdraw", "take data back, or vote against somebody's",
        {"dure contribute withdraw 5f0c... --from me"},
        "What you offered yourself is trained on no more from now on, and the shares it earned that have not "
        "vested are burned.\n"
        "Against others' data you vote with your bonded shares: more than half of all of them withdraw it.");
    withdraw.add_option("shard", gone->shard, "the shard's name")->required();
    add_signing_options(withdraw, gone->signing);
    program.action(withdraw, [gone, &shared] { return withdraw_data(*gone, shared); });

    const auto machine = std::make_shared<ComputeOptions>();
    CLI::App& compute = program.command(
        &contribute, "compute", "run a node that trains, and be paid for it",
        {"dure contribute compute --data ~/.dure/node --bond 10",
         "dure contribute compute --data ~/.dure/node --deposit 1 --sponsor me"},
        "Registers the node of this folder (dure init makes one) as a trainer whose earnings go to you, "
        "bonds shares that its key owns,\n"
        "then runs it. --node names a node that is up already, to send these transactions to.");
    compute.add_option("--data", machine->folder, "the node's folder")->required()->type_name("FOLDER");
    compute.add_option("--beneficiary", machine->beneficiary,
                       "who gets shares and fees: an address or a key's name (none: your default key)");
    compute.add_option("--bond", machine->bond, "bond so many of the node's free shares first")
        ->type_name("SHARES");
    CLI::Option* const deposit =
        compute
            .add_option("--deposit", machine->deposit,
                        "post so many coins first: a newcomer's stake, in place of a bond")
            ->type_name("DURE");
    compute
        .add_option("--sponsor", machine->sponsor,
                    "a key of your wallet that pays the deposit and gets it back")
        ->needs(deposit);
    compute.add_option("--fee", machine->fee, "each transaction's fee in DURE")->capture_default_str();
    program.action(compute, [machine, &shared] { return contribute_compute(*machine, shared); });
}

}  // namespace dure::tools