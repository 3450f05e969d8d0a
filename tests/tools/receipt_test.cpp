// Receipts are recomputed, not believed.
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "tools/dure/receipt_check.h"
#include "tools/dure/receipt_text.h"

namespace dure::tools {
namespace {

namespace json = boost::json;

/// The example of docs/protocol/rounds.md.
json::value example() {
    return json::parse(R"({
        "number": 1, "phase": "decided", "units_accepted": 2,
        "units": [{"status": "accepted"}, {"status": "accepted"}, {"status": "rejected"}, {"status": "missing"}],
        "formula": {"round_pool": "1000000000", "halving_rounds": 10000, "target_units": 4, "mint_compute_bp": 6000,
                    "mint_data_bp": 3500, "mint_validators_bp": 500, "max_window_repeats": 4, "scoring_weight_permille": 100, "window_tokens": 129},
        "mint": {"pool": "1000000000", "scaled": "500000000", "compute_part": "300000000", "data_part": "175000000",
                 "validators_part": "25000000", "compute_weight": 5000, "windows": 32, "blocks": 20,
                 "minted": "500000000"},
        "minted": [
            {"kind": "compute", "weight": 2000, "amount": "120000000", "units": 1, "audits": 1},
            {"kind": "compute", "weight": 2000, "amount": "120000000", "units": 1, "audits": 1},
            {"kind": "compute", "weight": 1000, "amount": "60000000", "audits": 1},
            {"kind": "data", "weight": 24, "windows": 24, "tokens": 12900, "amount": "131250000"},
            {"kind": "data", "weight": 8, "windows": 8, "tokens": 12900, "amount": "43750000"},
            {"kind": "validator", "weight": 20, "blocks": 20, "amount": "25000000"}]})");
}

TEST(Receipts, TheProtocolsExampleFollowsFromItsFormula) {
    const auto check = check_receipt(example());
    ASSERT_TRUE(check);
    for (const FormulaLine& line : check->lines)
        EXPECT_TRUE(line.agrees()) << line.name << " = " << line.computation << " = " << line.computed
                                   << ", not " << line.stated;
}

TEST(Receipts, AnyChangedNumberIsFound) {
    const auto wrong = [](const char* pointer, const json::value& by) {
        json::value receipt = example();
        receipt.at_pointer(pointer) = by;
        const auto check = check_receipt(receipt);
        return check && !check->agrees();
    };
    EXPECT_TRUE(wrong("/mint/scaled", "500000001"));
    EXPECT_TRUE(wrong("/mint/minted", "500000001"));
    EXPECT_TRUE(wrong("/minted/0/amount", "120000001"));
    EXPECT_TRUE(wrong("/minted/0/weight", 2001));
    EXPECT_TRUE(wrong("/minted/2/audits", 0));
    EXPECT_TRUE(wrong("/minted/3/windows", 25));
    EXPECT_TRUE(wrong("/minted/3/tokens", 12));
    EXPECT_TRUE(wrong("/units/0/status", "rejected"));
    EXPECT_TRUE(wrong("/units_accepted", 3));
}

TEST(Receipts, NonsenseIsRefused) {
    EXPECT_FALSE(check_receipt(json::value(json::object{})));
    EXPECT_FALSE(check_receipt(json::value(nullptr)));
    json::value receipt = example();
    receipt.at_pointer("/formula/target_units") = 0;
    EXPECT_FALSE(check_receipt(receipt));
    receipt = example();
    receipt.at_pointer("/minted/0/kind") = "gift";
    EXPECT_FALSE(check_receipt(receipt));
}

TEST(Receipts, SayWhyInWords) {
    const json::value receipt = example();
    EXPECT_EQ(reason_of(receipt.at_pointer("/minted/0")), "1 unit accepted, 1 audit");
    EXPECT_EQ(reason_of(receipt.at_pointer("/minted/5")), "20 blocks proposed");
}

}  // namespace
}  // namespace dure::tools
