#include "tools/dure/receipt_text.h"

#include <iostream>
#include <vector>

#include "base/money.h"
#include "tools/dure/api.h"
#include "tools/dure/output.h"
#include "tools/dure/receipt_check.h"

namespace dure::tools {

namespace json = boost::json;

namespace {

std::string counted(std::uint64_t count, const std::string& one, const std::string& many) {
    return std::to_string(count) + " " + (count == 1 ? one : many);
}

std::string basis_points(std::uint64_t bp) {
    return std::to_string(bp / 100) + " %";
}

/// Who replayed which segments of a unit, and what he found.
std::string audits_of(const json::value& unit) {
    const auto& audits = list_at(unit, "audits");
    std::string all;
    for (const auto& audit : audits) {
        const std::uint64_t first = number_at(audit, "first_segment");
        const std::uint64_t last = first + number_at(audit, "segments") - 1;
        const std::string found = text_at(audit, "same");
        all +=
            (all.empty() ? "" : "; ") + shorten(text_at(audit, "auditor"), 12) + " " + std::to_string(first);
        if (last != first) all += "-" + std::to_string(last);
        all += found == "true" ? " same" : found == "false" ? " different" : " unanswered";
    }
    return all;
}

void print_units(const json::value& receipt) {
    const auto& units = list_at(receipt, "units");
    if (units.empty()) return;
    Table table({"unit", "trainer", "status", "audited by (segments)", "first loss", "last loss", "tokens",
                 "update bytes"});
    for (const auto& unit : units) {
        table.row({text_at(unit, "number"), shorten(text_at(unit, "trainer"), 12), text_at(unit, "status"),
                   audits_of(unit), nats(number_at(unit, "loss_first")), nats(number_at(unit, "loss_last")),
                   text_at(unit, "tokens"), text_at(unit, "bytes")});
    }
    std::cout << "\nWork units\n" << table.text("  ");
}

void print_formula(const json::value& receipt) {
    const auto mint = [&](const char* name) { return text_at(receipt, std::string("mint.") + name); };
    const auto formula = [&](const char* name) { return number_at(receipt, std::string("formula.") + name); };
    std::cout << "\nThe formula, in units of 10^-6 share\n"
              << "  pool      = " << formula("round_pool") << ", halved every " << formula("halving_rounds")
              << " rounds = " << mint("pool") << "\n"
              << "  scaled    = pool x least of accepted units and target / target = " << mint("pool")
              << " x least of " << text_at(receipt, "units_accepted") << " and " << formula("target_units")
              << " / " << formula("target_units") << " = " << mint("scaled") << "\n"
              << "  computing = " << basis_points(formula("mint_compute_bp"))
              << " of it = " << mint("compute_part") << ", shared by weight, all " << mint("compute_weight")
              << "\n"
              << "  data      = " << basis_points(formula("mint_data_bp")) << " of it = " << mint("data_part")
              << ", shared by windows paid, all drawn " << mint("windows") << "\n"
              << "  blocks    = " << basis_points(formula("mint_validators_bp"))
              << " of it = " << mint("validators_part") << ", shared by blocks, all " << mint("blocks")
              << "\n";
}

void print_rows(const json::value& receipt) {
    Table table({"for", "contributor", "part x weight / all", "shares", "clawed back", "why"});
    for (const auto& row : list_at(receipt, "minted")) {
        const std::string kind = text_at(row, "kind");
        const char* part = kind == "compute" ? "compute_part"
                           : kind == "data"  ? "data_part"
                                             : "validators_part";
        const char* whole = kind == "compute" ? "compute_weight" : kind == "data" ? "windows" : "blocks";
        table.row({kind, shorten(text_at(row, "contributor"), 12),
                   text_at(receipt, std::string("mint.") + part) + " x " + text_at(row, "weight") + " / " +
                       text_at(receipt, std::string("mint.") + whole),
                   text_at(row, "amount_shares"),
                   number_at(row, "clawed_back") == 0 ? "" : text_at(row, "clawed_back_shares"),
                   reason_of(row)});
    }
    std::cout << "\nShares minted, vesting over " << text_at(receipt, "formula.vesting_rounds") << " rounds\n"
              << table.text("  ");
}

}  // namespace

std::string reason_of(const json::value& row) {
    const std::string kind = text_at(row, "kind");
    if (kind == "data") {
        std::string why = text_at(row, "windows") + " windows of shard " + shorten(text_at(row, "shard"), 8);
        if (const std::uint64_t tokens = number_at(row, "tokens_used"); tokens != 0)
            why += ", " + std::to_string(tokens) + " tokens";
        if (number_at(row, "weight") != number_at(row, "windows"))
            why += ", " + text_at(row, "weight") + " of them paid";
        return why;
    }
    if (kind == "validator") return counted(number_at(row, "blocks"), "block proposed", "blocks proposed");
    std::vector<std::string> parts;
    if (const auto n = number_at(row, "units"); n != 0)
        parts.push_back(counted(n, "unit accepted", "units accepted"));
    if (const auto n = number_at(row, "audit_permille"); n != 0)
        parts.push_back("audits of " + std::to_string(n) + "/1000 of a unit");
    if (const auto n = number_at(row, "attestations"); n != 0)
        parts.push_back(counted(n, "checkpoint attested", "checkpoints attested"));
    if (const auto n = number_at(row, "scorings"); n != 0)
        parts.push_back(counted(n, "shard scored", "shards scored"));
    if (const auto n = number_at(row, "verdicts"); n != 0)
        parts.push_back(counted(n, "dispute decided", "disputes decided"));
    std::string why;
    for (const std::string& part : parts)
        why += (why.empty() ? "" : ", ") + part;
    return why.empty() ? "nothing that counts" : why;
}

Status print_receipt(const json::value& receipt) {
    std::cout << "Round " << text_at(receipt, "number") << ": " << text_at(receipt, "phase");
    if (const std::string reason = text_at(receipt, "reason"); !reason.empty())
        std::cout << " (" << reason << ")";
    std::cout << "\nheld-out loss " << nats(number_at(receipt, "held_out_loss_before"));
    const bool decided = text_at(receipt, "phase") == "decided";
    if (decided) std::cout << " -> " << nats(number_at(receipt, "held_out_loss_after"));
    std::cout << " nats a token\n";
    if (const std::string generation = text_at(receipt, "grows_to"); decided && !generation.empty())
        std::cout << "the model grew to generation " << generation << "\n";
    print_units(receipt);
    if (!decided) return {};
    DURE_TRY(const ReceiptCheck check, check_receipt(receipt));
    print_formula(receipt);
    print_rows(receipt);
    if (check.agrees()) {
        std::cout << "\nRecomputed here: all " << check.lines.size()
                  << " numbers follow from the formula, to the last unit.\n";
        return {};
    }
    std::string wrong;
    for (const FormulaLine& line : check.lines) {
        if (line.agrees()) continue;
        wrong += "\n  " + line.name + " = " + line.computation + " = " + std::to_string(line.computed) +
                 ", not " + std::to_string(line.stated);
    }
    return Error{ErrorCode::invalid, "this receipt does not follow from its formula:" + wrong};
}

}  // namespace dure::tools
