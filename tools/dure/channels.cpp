// dure channels: the payment channels that one pays through, and getting the rest of a deposit back.
#include <iostream>
#include <memory>

#include "tools/dure/commands.h"
#include "tools/dure/output.h"
#include "tools/dure/paying.h"
#include "tools/dure/paying/wire.h"
#include "tools/dure/signing.h"

namespace dure::tools {

namespace {

namespace json = boost::json;

Status list_channels(const SharedOptions& shared) {
    DURE_TRY(const ChannelBook book, ChannelBook::open(shared.wallet));
    if (shared.json) {
        json::array list;
        for (const OwnChannel& channel : book.channels()) {
            list.push_back({{"channel", channel.id.hex()},
                            {"chain_id", channel.chain_id.hex()},
                            {"payer", channel.payer.address()},
                            {"server", channel.server.address()},
                            {"deposit", std::to_string(channel.deposit.value)},
                            {"spent", std::to_string(channel.spent.value)},
                            {"promised", std::to_string(channel.promised.value)}});
        }
        std::cout << pretty(json::object{{"channels", std::move(list)}});
        return {};
    }
    if (book.channels().empty()) {
        std::cout << "No channels yet; dure ask opens one\n";
        return {};
    }
    Table table({"channel", "server", "deposit", "spent", "promised"});
    for (const OwnChannel& channel : book.channels()) {
        table.row({channel.id.hex(), shorten(channel.server.address(), 12), to_text(channel.deposit),
                   to_text(channel.spent), to_text(channel.promised)});
    }
    std::cout << table.text();
    return {};
}

struct ChannelOptions {
    std::string id;
    std::string amount;
    SigningOptions signing;
};

Result<Hash> id_of(const ChannelOptions& options) {
    auto id = Hash::from_hex(options.id);
    if (!id) return with_context(id.error(), "channel");
    return id;
}

Status close_channel(const ChannelOptions& options, const SharedOptions& shared) {
    DURE_TRY(const Hash id, id_of(options));
    DURE_TRY(Sender sender, open_sender(options.signing, shared));
    return send_and_report(sender, ledger::CloseChannel{id},
                           "Closing channel " + shorten(options.id) +
                               "; the server may settle what it earned until the close delay is over, then: "
                               "dure channels withdraw " +
                               options.id,
                           shared);
}

Status withdraw_channel(const ChannelOptions& options, const SharedOptions& shared) {
    DURE_TRY(const Hash id, id_of(options));
    DURE_TRY(Sender sender, open_sender(options.signing, shared));
    DURE_TRY(ChannelBook book, ChannelBook::open_to_pay(shared.wallet, "dure channels withdraw"));
    DURE_CHECK(send_and_report(sender, ledger::WithdrawChannel{id},
                               "The rest of the deposit is back in your balance", shared));
    book.forget(id);
    return book.save();
}

/// Signs by hand what `dure ask` signs by itself; the book is not touched.
Status print_voucher(const ChannelOptions& options, const SharedOptions& shared) {
    DURE_TRY(const Hash id, id_of(options));
    auto amount = coin_from_text(options.amount);
    if (!amount) return with_context(amount.error(), "amount");
    DURE_TRY(Sender sender, open_sender(options.signing, shared));
    DURE_TRY(const json::value status, sender.api.get("/v1/status"));
    DURE_TRY(const Hash chain_id, Hash::from_hex(text_at(status, "chain_id")));
    DURE_TRY(const node::PaymentChallenge challenge, voucher_challenge(sender.api));
    const std::string header = node::encode_credential(
        {challenge, sender.key.account(), make_voucher(sender.key, chain_id, id, *amount)});
    if (shared.json) {
        std::cout << pretty(json::object{{"channel", options.id},
                                         {"cumulative", std::to_string(amount->value)},
                                         {"authorization", header}});
    } else {
        std::cout << header << "\n";
    }
    return {};
}

}  // namespace

void add_channels(Program& program) {
    const std::string k_example = "3f7a… (64 digits)";
    CLI::App& channels = program.command(
        nullptr, "channels", "payment channels: list, close, withdraw, voucher", {"dure channels list"});
    channels.require_subcommand(1);
    const SharedOptions& shared = program.options();

    CLI::App& list =
        program.command(&channels, "list", "the channels you pay through", {"dure channels list"});
    program.action(list, [&shared] { return list_channels(shared); });

    const auto with_id = [&](const std::string& name, const std::string& description,
                             const std::string& details, bool with_amount,
                             Status (*run)(const ChannelOptions&, const SharedOptions&)) {
        const auto options = std::make_shared<ChannelOptions>();
        CLI::App& command = program.command(
            &channels, name, description,
            {"dure channels " + name + " " + k_example + (with_amount ? " 0.002" : "")}, details);
        command.add_option("channel", options->id, "the channel's id")->required();
        if (with_amount)
            command.add_option("amount", options->amount, "what it promises in all, in DURE")->required();
        add_signing_options(command, options->signing);
        program.action(command, [options, run, &shared] { return run(*options, shared); });
    };
    with_id("close", "begin to close one; after a delay its rest can be withdrawn", "", false, close_channel);
    with_id("withdraw", "take back what is left of a closed channel's deposit", "", false, withdraw_channel);
    with_id("voucher", "sign a voucher by hand, for calls with curl",
            "Prints the value of the Authorization header. It carries a challenge of the node that --node "
            "names, which "
            "must be\nthe channel's server, and holds for ten minutes.",
            true, print_voucher);
}

}  // namespace dure::tools
