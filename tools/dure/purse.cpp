#include "tools/dure/purse.h"

#include "tools/dure/wallet.h"

namespace dure::tools {

void add_paying_options(CLI::App& command, PayingOptions& options) {
    add_signing_options(command, options.signing);
    command
        .add_option(
            "--server", options.servers,
            "ask only the server at this URL; may be given several times (none: any that the chain lists)")
        ->allow_extra_args(false)
        ->type_name("URL");
    command.add_option("--deposit", options.deposit, "what a new channel holds, in DURE")
        ->capture_default_str()
        ->type_name("AMOUNT");
    command
        .add_option("--per-call,--max-cost", options.per_call,
                    "what a call may cost at most, in DURE (none: as dure budget says)")
        ->type_name("AMOUNT");
    command
        .add_option("--per-day", options.per_day,
                    "what a day may cost at most, in DURE (none: as dure budget says)")
        ->type_name("AMOUNT");
}

Result<Purse> open_purse(const PayingOptions& options, const SharedOptions& shared,
                         const std::string& program) {
    PayerOptions payer;
    DURE_TRY(payer.node, Url::parse(shared.node));
    payer.servers = options.servers;
    for (const std::string& server : options.servers) {
        const auto url = Url::parse(server);
        if (!url) return with_context(url.error(), "--server");
    }
    auto deposit = coin_from_text(options.deposit);
    if (!deposit) return with_context(deposit.error(), "--deposit");
    payer.deposit = *deposit;
    auto fee = coin_from_text(options.signing.fee);
    if (!fee) return with_context(fee.error(), "--fee");
    payer.fee = *fee;
    std::optional<Coin> per_call;
    std::optional<Coin> per_day;
    if (!options.per_call.empty()) {
        auto limit = coin_from_text(options.per_call);
        if (!limit) return with_context(limit.error(), "--per-call");
        per_call = *limit;
    }
    if (!options.per_day.empty()) {
        auto limit = coin_from_text(options.per_day);
        if (!limit) return with_context(limit.error(), "--per-day");
        per_day = *limit;
    }
    DURE_TRY(SecretKey key, Wallet(shared.wallet).unlock(options.signing.from, password_source(shared)));
    DURE_TRY(ChannelBook book, ChannelBook::open_to_pay(shared.wallet, program));
    book.budget.for_run = BudgetLimits{per_call.value_or(book.budget.kept.per_call),
                                       per_day.value_or(book.budget.kept.per_day)};
    return Purse{std::move(key), std::make_unique<ChannelBook>(std::move(book)), std::move(payer)};
}

}  // namespace dure::tools
