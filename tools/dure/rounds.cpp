// dure rounds: how the model grew, round by round, and one round's reward receipt.
#include <iostream>
#include <memory>

#include "tools/dure/api.h"
#include "tools/dure/commands.h"
#include "tools/dure/output.h"
#include "tools/dure/receipt_check.h"
#include "tools/dure/receipt_text.h"

namespace dure::tools {

namespace {

namespace json = boost::json;

struct RoundsOptions {
    std::string number;
    unsigned limit = 15;
    std::string cursor;
};

Status list_rounds(const RoundsOptions& options, Api& api, bool as_json) {
    std::string target = "/v1/rounds?limit=" + std::to_string(options.limit);
    if (!options.cursor.empty()) target += "&cursor=" + options.cursor;
    DURE_TRY(const json::value answer, api.get(target));
    if (as_json) {
        std::cout << pretty(answer);
        return {};
    }
    Table table({"round", "phase", "loss before", "loss after", "shares minted", "checkpoint"});
    for (const auto& round : list_at(answer, "items")) {
        const bool decided = text_at(round, "phase") == "decided";
        table.row(
            {text_at(round, "number"), text_at(round, "phase"),
             number_at(round, "base.held_out_loss") == 0 ? "" : nats(number_at(round, "base.held_out_loss")),
             decided ? nats(number_at(round, "checkpoint.held_out_loss")) : "",
             decided ? text_at(round, "mint.minted_shares") : "",
             decided ? shorten(text_at(round, "checkpoint.root")) : ""});
    }
    std::cout << table.text();
    const std::string next = text_at(answer, "next");
    if (!next.empty()) std::cout << "more: dure rounds --cursor " << next << "\n";
    return {};
}

/// A round under way.
void show_progress(const json::value& round) {
    std::cout << "Round " << text_at(round, "number") << ": " << text_at(round, "phase") << "\nheld-out loss "
              << nats(number_at(round, "base.held_out_loss")) << " nats a token before it\n";
    const auto& units = list_at(round, "units");
    if (units.empty()) return;
    Table table({"unit", "trainer", "status"});
    for (const auto& unit : units) {
        table.row({text_at(unit, "number"), shorten(text_at(unit, "trainer"), 12), text_at(unit, "status")});
    }
    std::cout << "\nWork units\n" << table.text("  ") << "\nIts receipt comes with its end.\n";
}

Status show_round(const std::string& number, Api& api, bool as_json) {
    DURE_TRY(const json::value round, api.get("/v1/rounds/" + number));
    const std::string phase = text_at(round, "phase");
    if (phase != "decided" && phase != "voided") {
        if (as_json) {
            std::cout << pretty(round);
        } else {
            show_progress(round);
        }
        return {};
    }
    DURE_TRY(json::value receipt, api.get("/v1/rounds/" + text_at(round, "number") + "/receipt"));
    if (!as_json) return print_receipt(receipt);
    if (phase == "decided") {
        DURE_TRY(const ReceiptCheck check, check_receipt(receipt));
        receipt.as_object()["recomputed"] = check.agrees();
    }
    std::cout << pretty(receipt);
    return {};
}

}  // namespace

void add_rounds(Program& program) {
    const auto options = std::make_shared<RoundsOptions>();
    CLI::App& command = program.command(nullptr, "rounds", "how the model grew; one round's reward receipt",
                                        {"dure rounds", "dure rounds latest", "dure rounds 3 --json"});
    command.add_option("number", options->number, "a round's number or \"latest\": show its receipt");
    command.add_option("--limit", options->limit, "how many to list")
        ->capture_default_str()
        ->check(CLI::Range(1, 1000));
    command.add_option("--cursor", options->cursor, "where to go on (from the answer before)");
    const SharedOptions& shared = program.options();
    program.action(command, [options, &shared]() -> Status {
        DURE_TRY(Api api, Api::open(shared.node));
        return options->number.empty() ? list_rounds(*options, api, shared.json)
                                       : show_round(options->number, api, shared.json);
    });
}

}  // namespace dure::tools
