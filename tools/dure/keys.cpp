// dure keys: an owner's keys, and their backup as words on paper.
#include <iostream>
#include <memory>

#include "base/mnemonic.h"
#include "tools/dure/commands.h"
#include "tools/dure/output.h"
#include "tools/dure/wallet.h"

namespace dure::tools {

namespace {

namespace json = boost::json;

struct NewKeyOptions {
    std::string name = "main";
    bool no_password = false;
};

/// Locks the key as the options say. A new password typed on a terminal is asked for twice.
Result<KeyFile> protect(const SecretKey& key, const NewKeyOptions& options, const SharedOptions& shared) {
    if (options.no_password) return open_key_file(key);
    const PasswordSource password = password_source(shared);
    DURE_TRY(const std::string first, password("the new key \"" + options.name + "\""));
    if (first.empty()) {
        return Error{
            ErrorCode::malformed,
            "an empty password protects nothing; choose one, or say --no-password to store the key in clear"};
    }
    if (shared.password_file.empty() && std::getenv("DURE_PASSWORD") == nullptr) {
        DURE_TRY(const std::string second, password("the new key, once more"));
        if (first != second)
            return Error{ErrorCode::malformed, "the two passwords differ; nothing was stored"};
    }
    return lock_key(key, first);
}

Status store(const SecretKey& key, const NewKeyOptions& options, const SharedOptions& shared, bool restored) {
    Wallet wallet(shared.wallet);
    if (const auto taken = wallet.find(options.name); taken && taken->name == options.name) {
        return Error{ErrorCode::duplicate, "the wallet " + shared.wallet + " has a key named \"" +
                                               options.name + "\" already; give this one another --name"};
    }
    DURE_TRY(const KeyFile file, protect(key, options, shared));
    DURE_CHECK(wallet.add(options.name, file));
    if (shared.json) {
        std::cout << pretty(json::object{{"name", options.name}, {"address", key.account().address()}});
        return {};
    }
    std::cout << (restored ? "Restored" : "Made") << " key \"" << options.name << "\" in " << shared.wallet
              << "\n"
              << key.account().address() << "\n";
    if (!restored) std::cout << "Write its backup words on paper: dure keys words " << options.name << "\n";
    return {};
}

void add_new_key_options(CLI::App& command, const std::shared_ptr<NewKeyOptions>& options) {
    command.add_option("--name", options->name, "what the wallet calls it")->capture_default_str();
    command.add_flag("--no-password", options->no_password,
                     "store the key in clear (for nodes that start unattended)");
}

Status list_keys(const SharedOptions& shared) {
    DURE_TRY(const std::vector<Wallet::Entry> entries, Wallet(shared.wallet).list());
    if (shared.json) {
        json::array list;
        for (const auto& entry : entries) {
            list.push_back({{"name", entry.name},
                            {"address", entry.account.address()},
                            {"locked", entry.locked},
                            {"default", entry.is_default}});
        }
        std::cout << pretty(json::object{{"wallet", shared.wallet}, {"keys", std::move(list)}});
        return {};
    }
    if (entries.empty()) {
        std::cout << "No keys in " << shared.wallet << " yet. Make one: dure keys new\n";
        return {};
    }
    Table table({"name", "address", "password", ""});
    for (const auto& entry : entries) {
        table.row({entry.name, entry.account.address(), entry.locked ? "yes" : "no",
                   entry.is_default ? "default" : ""});
    }
    std::cout << table.text();
    return {};
}

}  // namespace

void add_keys(Program& program) {
    CLI::App& keys = program.command(nullptr, "keys", "your keys: new, list, show, words, restore, default",
                                     {"dure keys new", "dure keys list"});
    keys.require_subcommand(1);
    const SharedOptions& shared = program.options();

    const auto fresh = std::make_shared<NewKeyOptions>();
    CLI::App& make = program.command(&keys, "new", "make a key", {"dure keys new --name savings"});
    add_new_key_options(make, fresh);
    program.action(make, [fresh, &shared] { return store(SecretKey::generate(), *fresh, shared, false); });

    CLI::App& list =
        program.command(&keys, "list", "the wallet's keys and their addresses", {"dure keys list"});
    program.action(list, [&shared] { return list_keys(shared); });

    const auto shown = std::make_shared<std::string>();
    CLI::App& show = program.command(&keys, "show", "one key's address",
                                     {"dure keys show", "dure keys show savings --json"});
    show.add_option("name", *shown, "the key (none: the default one)");
    program.action(show, [shown, &shared]() -> Status {
        DURE_TRY(const Wallet::Entry entry, Wallet(shared.wallet).find(*shown));
        if (shared.json) {
            std::cout << pretty(json::object{
                {"name", entry.name}, {"address", entry.account.address()}, {"locked", entry.locked}});
        } else {
            std::cout << entry.account.address() << "\n";
        }
        return {};
    });

    const auto backed_up = std::make_shared<std::string>();
    CLI::App& words =
        program.command(&keys, "words", "the 24 words that restore a key: write them on paper",
                        {"dure keys words savings"}, "Whoever reads these words owns what the key owns.");
    words.add_option("name", *backed_up, "the key (none: the default one)");
    program.action(words, [backed_up, &shared]() -> Status {
        DURE_TRY(const SecretKey key, Wallet(shared.wallet).unlock(*backed_up, password_source(shared)));
        const std::string text = mnemonic_from_secret(key.secret_bytes());
        if (shared.json) {
            std::cout << pretty(json::object{{"address", key.account().address()}, {"words", text}});
        } else {
            std::cout << text << "\n";
        }
        return {};
    });

    const auto restored = std::make_shared<NewKeyOptions>();
    const auto given = std::make_shared<std::vector<std::string>>();
    CLI::App& restore = program.command(
        &keys, "restore", "a key from its 24 words", {"dure keys restore --name savings < words.txt"},
        "Without words on the command line they are read from standard input.");
    add_new_key_options(restore, restored);
    restore.add_option("words", *given, "the 24 words");
    program.action(restore, [restored, given, &shared]() -> Status {
        std::string text;
        for (const std::string& word : *given)
            text += word + " ";
        if (text.empty()) {
            for (std::string line; text.size() < 4096 && std::getline(std::cin, line);)
                text += line + " ";
        }
        DURE_TRY(const auto secret, secret_from_mnemonic(text));
        DURE_TRY(const SecretKey key, SecretKey::from_bytes(secret));
        return store(key, *restored, shared, true);
    });

    const auto chosen = std::make_shared<std::string>();
    CLI::App& choose = program.command(&keys, "default", "the key that is used where none is named",
                                       {"dure keys default savings"});
    choose.add_option("name", *chosen, "the key")->required();
    program.action(choose, [chosen, &shared]() -> Status {
        DURE_CHECK(Wallet(shared.wallet).set_default(*chosen));
        if (!shared.json) std::cout << "\"" << *chosen << "\" is the default key now\n";
        return {};
    });
}

}  // namespace dure::tools
