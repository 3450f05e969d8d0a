// dure owners: who owns the model.
#include <iostream>
#include <memory>

#include "tools/dure/api.h"
#include "tools/dure/commands.h"
#include "tools/dure/output.h"
#include "tools/dure/wallet.h"

namespace dure::tools {

namespace {

struct OwnersOptions {
    unsigned limit = 20;
    std::string cursor;
};

std::string percent(std::uint64_t part, std::uint64_t whole) {
    if (whole == 0) return "0.00 %";
    const std::uint64_t hundredths = mul_div(part, 10'000, whole);
    const std::string tail = std::to_string(hundredths % 100);
    return std::to_string(hundredths / 100) + "." + (tail.size() == 1 ? "0" : "") + tail + " %";
}

Status owners(const OwnersOptions& options, const SharedOptions& shared) {
    DURE_TRY(Api api, Api::open(shared.node));
    std::string target = "/v1/owners?limit=" + std::to_string(options.limit);
    if (!options.cursor.empty()) target += "&cursor=" + options.cursor;
    DURE_TRY(const boost::json::value answer, api.get(target));
    if (shared.json) {
        std::cout << pretty(answer);
        return {};
    }
    const std::uint64_t whole = number_at(answer, "total_shares");
    Table table({"owner", "shares", "part", "fees owed (DURE)"});
    for (const auto& owner : list_at(answer, "items")) {
        table.row({text_at(owner, "address"), text_at(owner, "total_shares"),
                   percent(number_at(owner, "total"), whole), text_at(owner, "pending_dure")});
    }
    std::cout << table.text();
    const std::string next = text_at(answer, "next");
    if (!next.empty()) std::cout << "more: dure owners --cursor " << next << "\n";
    return {};
}

}  // namespace

void add_owners(Program& program) {
    const auto options = std::make_shared<OwnersOptions>();
    CLI::App& command = program.command(nullptr, "owners", "who owns the model, and how much of it",
                                        {"dure owners", "dure owners --limit 100 --json"});
    command.add_option("--limit", options->limit, "how many at a time")
        ->capture_default_str()
        ->check(CLI::Range(1, 1000));
    command.add_option("--cursor", options->cursor, "where to go on (from the answer before)");
    const SharedOptions& shared = program.options();
    program.action(command, [options, &shared] { return owners(*options, shared); });
}

}  // namespace dure::tools
