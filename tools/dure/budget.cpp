// dure budget: what paying for answers may cost, a call and a day.
#include <iostream>
#include <memory>

#include "tools/dure/api.h"
#include "tools/dure/commands.h"
#include "tools/dure/output.h"
#include "tools/dure/paying/channel_book.h"

namespace dure::tools {

namespace {

struct BudgetOptions {
    std::string per_call;
    std::string per_day;
};

Status budget(const BudgetOptions& options, const SharedOptions& shared) {
    const bool changes = !options.per_call.empty() || !options.per_day.empty();
    DURE_TRY(ChannelBook book, changes ? ChannelBook::open_to_pay(shared.wallet, "dure budget")
                                       : ChannelBook::open(shared.wallet));
    BudgetLimits& limits = book.budget.kept;
    if (!options.per_call.empty()) {
        auto amount = coin_from_text(options.per_call);
        if (!amount) return with_context(amount.error(), "--per-call");
        limits.per_call = *amount;
    }
    if (!options.per_day.empty()) {
        auto amount = coin_from_text(options.per_day);
        if (!amount) return with_context(amount.error(), "--per-day");
        limits.per_day = *amount;
    }
    if (changes) DURE_CHECK(book.save());
    const Day today = today_by_clock();
    const bool same_day = book.budget.day() >= today;
    const Coin spent = same_day ? book.budget.spent() : Coin{};
    const Coin held = same_day ? book.budget.held() : Coin{};
    if (shared.json) {
        std::cout << pretty(
            boost::json::object{{"per_call", std::to_string(limits.per_call.value)},
                                {"per_day", std::to_string(limits.per_day.value)},
                                {"spent_today", std::to_string(spent.value)},
                                {"held_today", std::to_string(held.value)},
                                {"left_today", std::to_string(book.budget.left(today).value)}});
        return {};
    }
    std::cout << "a call may cost  " << to_text(limits.per_call) << " DURE\na day may cost   "
              << to_text(limits.per_day) << " DURE\nspent today      " << to_text(spent) << " DURE";
    if (!held.is_zero()) std::cout << ", and " << to_text(held) << " held for calls without a receipt";
    std::cout << "\nleft today       " << to_text(book.budget.left(today))
              << " DURE (a day begins at 00:00 UTC)\n";
    return {};
}

}  // namespace

void add_budget(Program& program) {
    const auto options = std::make_shared<BudgetOptions>();
    CLI::App& command = program.command(nullptr, "budget", "what paying for answers may cost",
                                        {"dure budget", "dure budget --per-day 2 --per-call 0.1"},
                                        "Kept in the wallet; dure ask, dure chat and dure proxy hold to it "
                                        "together. What is in channels is a deposit\n"
                                        "and no cost; what they promise to servers is.");
    command.add_option("--per-call", options->per_call, "set what a call may cost at most, in DURE")
        ->type_name("AMOUNT");
    command.add_option("--per-day", options->per_day, "set what a day may cost at most, in DURE")
        ->type_name("AMOUNT");
    const SharedOptions& shared = program.options();
    program.action(command, [options, &shared] { return budget(*options, shared); });
}

}  // namespace dure::tools
