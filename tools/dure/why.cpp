// dure why: an account's shares down to the contributions, its fees down to the settlements; and that both add up.
#include <iostream>
#include <memory>

#include "tools/dure/api.h"
#include "tools/dure/commands.h"
#include "tools/dure/devnet/fee_parts.h"
#include "tools/dure/output.h"
#include "tools/dure/receipt_text.h"
#include "tools/dure/wallet.h"

namespace dure::tools {

namespace {

namespace json = boost::json;

constexpr unsigned k_earnings_a_page = 1000;

/// The first page with all pages' rows.
Result<json::value> all_earnings(Api& api, const std::string& address) {
    const std::string target =
        "/v1/accounts/" + address + "/earnings?limit=" + std::to_string(k_earnings_a_page);
    DURE_TRY(json::value all, api.get(target));
    if (!all.is_object() || !all.as_object()["items"].is_array())
        return Error{ErrorCode::malformed, "the node's answer is not an account's earnings"};
    for (std::string cursor = text_at(all, "next"); !cursor.empty();) {
        DURE_TRY(const json::value page, api.get(target + "&cursor=" + cursor));
        for (const auto& row : list_at(page, "items"))
            all.as_object()["items"].as_array().push_back(row);
        cursor = text_at(page, "next");
    }
    return all;
}

struct Sums {
    std::uint64_t minted = 0;
    std::uint64_t clawed_back = 0;
    bool shares_agree = false;
    bool fees_agree = false;
};

Result<Uint128> fine(const json::value& value, const std::string& name) {
    DURE_TRY(const Uint128 whole, wide_from_text(text_at(value, name)));
    DURE_TRY(const Uint128 fraction, wide_from_text(text_at(value, name + "_fraction")));
    return (whole << 64) + fraction;
}

/// Adds everything up here, from the rows. Errors: `malformed`.
Result<Sums> add_up(const json::value& earnings) {
    Sums sums;
    const std::string address = text_at(earnings, "address");
    for (const auto& row : list_at(earnings, "items")) {
        if (text_at(row, "beneficiary") != address) continue;
        sums.minted += number_at(row, "amount");
        sums.clawed_back += number_at(row, "clawed_back");
    }
    // What passed back and forth may be more than 64 bits; the difference is exact modulo 2^64.
    DURE_TRY(const Uint128 received, wide_from_text(text_at(earnings, "flows.received")));
    DURE_TRY(const Uint128 given, wide_from_text(text_at(earnings, "flows.given")));
    const Uint128 total = received - given + number_at(earnings, "flows.founded") +
                          number_at(earnings, "flows.rewarded") - number_at(earnings, "flows.slashed") +
                          sums.minted - sums.clawed_back;
    sums.shares_agree = total == number_at(earnings, "total");

    const json::value* fees = find_at(earnings, "fees");
    if (fees == nullptr) return Error{ErrorCode::malformed, "the node's answer says nothing of fees"};
    DURE_TRY(Uint128 owed, fine(*fees, "before"));
    DURE_TRY(const Uint128 others, fine(*fees, "others"));
    owed += others;
    for (const auto& one : list_at(*fees, "settlements")) {
        DURE_TRY(const Uint128 part, fine(one, "part"));
        owed += part;
    }
    DURE_TRY(const Uint128 stated, fine(*fees, "owed"));
    sums.fees_agree = owed == stated;
    return sums;
}

std::string shares_text(std::uint64_t amount) {
    return to_text(Shares{amount});
}

void show_shares(const json::value& earnings, const Sums& sums) {
    const std::string address = text_at(earnings, "address");
    Table rows({"round", "for", "by", "shares", "clawed back", "why"});
    for (const auto& row : list_at(earnings, "items")) {
        if (text_at(row, "beneficiary") != address) continue;
        const std::string by = text_at(row, "contributor");
        rows.row({text_at(row, "round"), text_at(row, "kind"), by == address ? "itself" : shorten(by, 12),
                  text_at(row, "amount_shares"),
                  number_at(row, "clawed_back") == 0 ? "" : text_at(row, "clawed_back_shares"),
                  reason_of(row)});
    }
    std::cout << "Why " << address << " has its shares\n\n" << rows.text("  ") << "\n";
    Table sum({"", "shares"});
    const auto line = [&](const char* name, std::uint64_t amount) {
        if (amount != 0) sum.row({name, shares_text(amount)});
    };
    line("from genesis", number_at(earnings, "flows.founded"));
    line("minted for the contributions above", sums.minted);
    line("- clawed back of them", sums.clawed_back);
    if (text_at(earnings, "flows.received") != "0")
        sum.row({"received from others, units", text_at(earnings, "flows.received")});
    if (text_at(earnings, "flows.given") != "0")
        sum.row({"- given to others, units", text_at(earnings, "flows.given")});
    line("rewards for proving fraud", number_at(earnings, "flows.rewarded"));
    line("- slashed", number_at(earnings, "flows.slashed"));
    sum.row({"= all", shares_text(number_at(earnings, "total"))});
    std::cout << sum.text("  ")
              << (sums.shares_agree ? "\n  The sum is what the account has, to the last unit.\n"
                                    : "\n  THE SUM IS NOT WHAT THE ACCOUNT HAS: this node is wrong.\n");
}

Status show_fees(const json::value& earnings, const Sums& sums) {
    const json::value& fees = *find_at(earnings, "fees");
    std::cout << "\nFees owed to its " << shares_text(number_at(fees, "shares")) << " shares\n\n";
    Table rows({"settlement", "block", "owners' part, grain", "its part, grain"});
    for (const auto& one : list_at(fees, "settlements")) {
        DURE_TRY(const Uint128 part, fine(one, "part"));
        rows.row(
            {text_at(one, "number"), text_at(one, "height"), text_at(one, "owners_part"), fine_grain(part)});
    }
    DURE_TRY(const Uint128 before, fine(fees, "before"));
    DURE_TRY(const Uint128 others, fine(fees, "others"));
    DURE_TRY(const Uint128 owed, fine(fees, "owed"));
    rows.row({"before its shares last changed", "", "", fine_grain(before)});
    rows.row({"other fees, and settlements no longer kept", "", "", fine_grain(others)});
    rows.row({"= owed", "", "", fine_grain(owed)});
    std::cout << rows.text("  ")
              << (sums.fees_agree ? "\n  The sum is what is owed, to the last 2^-64 grain.\n"
                                  : "\n  THE SUM IS NOT WHAT IS OWED: this node is wrong.\n");
    return {};
}

Status why(const std::string& name, const SharedOptions& shared) {
    const Wallet wallet(shared.wallet);
    Account account;
    if (name.empty()) {
        DURE_TRY(const Wallet::Entry entry, wallet.find(""));
        account = entry.account;
    } else {
        DURE_TRY(account, account_from(wallet, name));
    }
    DURE_TRY(Api api, Api::open(shared.node));
    DURE_TRY(json::value earnings, all_earnings(api, account.address()));
    DURE_TRY(const Sums sums, add_up(earnings));
    if (shared.json) {
        earnings.as_object()["adds_up"] = sums.shares_agree && sums.fees_agree;
        std::cout << pretty(earnings);
    } else {
        show_shares(earnings, sums);
        DURE_CHECK(show_fees(earnings, sums));
    }
    if (!sums.shares_agree || !sums.fees_agree)
        return Error{ErrorCode::invalid, "the node's numbers do not add up; ask another node"};
    return {};
}

}  // namespace

void add_why(Program& program) {
    const auto account = std::make_shared<std::string>();
    CLI::App& command = program.command(nullptr, "why", "why an account has its shares and is owed its fees",
                                        {"dure why", "dure why node-1", "dure why dure1... --json"},
                                        "Every share down to the contribution it was minted for, every fee "
                                        "down to its settlement (as far as the\n"
                                        "chain still keeps them), and whether the sums are right.");
    command.add_option("account", *account, "a name in the wallet or an address (your own unless said)");
    const SharedOptions& shared = program.options();
    program.action(command, [account, &shared] { return why(*account, shared); });
}

}  // namespace dure::tools
