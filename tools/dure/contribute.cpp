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
#include "trainer/text/normalize.h"

namespace dure::tools {

namespace {

namespace json = boost::json;

constexpr std::size_t k_max_text_file_bytes = std::size_t{256} << 20;

struct DataOptions {
    std::vector<std::string> files;
    std::string license;
    std::string language = "ko";
    unsigned wait_seconds = 0;
    SigningOptions signing;
};

/// Waits until the shard is judged or the time is over; returns its record.
Result<json::value> judged(Api& api, const Hash& shard, std::chrono::seconds patience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (true) {
        DURE_TRY(json::value record, api.get("/v1/shards/" + shard.hex()));
        const std::string status = text_at(record, "status");
        if ((status != "waiting" && status != "scoring") || std::chrono::steady_clock::now() > deadline)
            return record;
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
    }
}

Status contribute_data(const DataOptions& options, const SharedOptions& shared) {
    DURE_TRY(Sender sender, open_sender(options.signing, shared));
    json::array list;
    for (const std::string& file : options.files) {
        DURE_TRY(const std::string text, read_file(file, k_max_text_file_bytes));
        auto offered =
            offer_text(sender.api, sender.key, text, options.license, options.language, sender.fee);
        if (!offered) return with_context(offered.error(), file);
        auto receipt = sender.api.wait_for(offered->transaction, std::chrono::seconds(60));
        if (!receipt) return with_context(receipt.error(), file);
        json::object entry{{"file", file},
                           {"shard", offered->shard.hex()},
                           {"bytes", offered->bytes},
                           {"height", receipt->height},
                           {"transaction", offered->transaction},
                           {"status", "offered"}};
        if (!shared.json) {
            std::cout << file << ": offered " << offered->bytes << " bytes as shard " << offered->shard.hex()
                      << ", final in block " << receipt->height << std::endl;
        }
        if (options.wait_seconds > 0) {
            DURE_TRY(const json::value record,
                     judged(sender.api, offered->shard, std::chrono::seconds(options.wait_seconds)));
            entry["status"] = text_at(record, "status");
            entry["score"] = number_at(record, "answer.score");
            if (!shared.json) {
                std::cout << file << ": " << text_at(record, "status") << ", "
                          << text_at(record, "answer.tokens") << " tokens, score "
                          << text_at(record, "answer.score")
                          << " (micro-nats that one step on it takes off the held-out loss)" << std::endl;
            }
        }
        list.push_back(std::move(entry));
    }
    if (shared.json) std::cout << pretty(json::object{{"shards", std::move(list)}});
    return {};
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
        const auto roles =
            static_cast<std::uint8_t>(ledger::k_role_trainer | (config.server ? ledger::k_role_server : 0));
        DURE_CHECK(
            api.send(key,
                     ledger::RegisterPeer{
                         roles, ledger::Endpoint(config.advertised), {}, {}, beneficiary, std::nullopt},
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

Result<OfferedShard> offer_text(Api& api, const SecretKey& key, std::string_view text,
                                const std::string& license, const std::string& language, Coin fee) {
    DURE_TRY(const std::string normal, trainer::normalize_text(text));
    if (normal.empty()) return Error{ErrorCode::insufficient, "there is no text in it"};
    if (license.size() > ledger::License::k_max)
        return Error{ErrorCode::out_of_range,
                     "--license is longer than 64 characters; give an SPDX identifier"};
    if (language.size() > ledger::Language::k_max)
        return Error{ErrorCode::out_of_range,
                     "--language is longer than 16 characters; give a BCP 47 tag such as ko"};
    DURE_TRY(const Hash shard, api.upload(as_bytes(normal)));
    DURE_TRY(const std::string id,
             api.submit(key,
                        ledger::OfferData{shard, normal.size(), ledger::License(license),
                                          ledger::Language(language)},
                        fee));
    return OfferedShard{shard, normal.size(), id};
}

void add_contribute(Program& program) {
    CLI::App& contribute =
        program.command(nullptr, "contribute", "data or compute, and own a part of the model",
                        {"dure contribute data notes.txt --license CC-BY-4.0", "dure contribute compute"});
    contribute.require_subcommand(1);
    const SharedOptions& shared = program.options();

    const auto options = std::make_shared<DataOptions>();
    CLI::App& data =
        program.command(&contribute, "data", "offer texts for training",
                        {"dure contribute data notes.txt more.txt --license CC-BY-4.0 --wait 120"},
                        "Each file (UTF-8) becomes one shard: it is brought into normal form, uploaded and "
                        "offered with a deposit, which comes\n"
                        "back once a drawn committee has accepted it. You are paid shares for every window "
                        "of it that a round trains on.\n"
                        "A text that is there already, byte for byte, is refused. Offer only what you may "
                        "give under the license you name.");
    data.add_option("files", options->files, "text files")->required();
    data.add_option("--license", options->license, "under which you give it (an SPDX identifier)")
        ->required();
    data.add_option("--language", options->language, "BCP 47 tag")->capture_default_str();
    data.add_option("--wait", options->wait_seconds, "wait so many seconds for the committee's verdict")
        ->capture_default_str();
    add_signing_options(data, options->signing);
    program.action(data, [options, &shared] { return contribute_data(*options, shared); });

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