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
        "number": 1, "phase": "decided", "units_accepted": 3,
        "units": [{"status": "accepted"}, {"status": "accepted"}, {"status": "disputed"}, {"status": "accepted"}],
        "formula": {"round_pool": "1000000000", "halving_rounds": 10000, "target_units": 4, "mint_compute_bp": 6000,
                    "mint_data_bp": 3500, "mint_validators_bp": 500, "max_window_repeats": 4, "attestation_weight_permille": 20, "scoring_weight_permille": 100, "window_tokens": 129},
        "mint": {"pool": "1000000000", "scaled": "750000000", "compute_part": "450000000", "data_part": "262500000",
                 "validators_part": "37500000", "compute_weight": 4250, "windows": 48, "blocks": 20,
                 "minted": "749999998"},
        "minted": [
            {"kind": "compute", "weight": 1000, "amount": "105882352", "units": 1},
            {"kind": "compute", "weight": 2125, "amount": "225000000", "units": 1, "audit_permille": 1125},
            {"kind": "compute", "weight": 125, "amount": "13235294", "audit_permille": 125},
            {"kind": "compute", "weight": 1000, "amount": "105882352", "units": 1},
            {"kind": "data", "weight": 36, "windows": 36, "tokens": 12900, "amount": "196875000"},
            {"kind": "data", "weight": 12, "windows": 12, "tokens": 12900, "amount": "65625000"},
            {"kind": "validator", "weight": 20, "blocks": 20, "amount": "37500000"}]})");
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
    EXPECT_TRUE(wrong("/mint/scaled", "750000001"));
    EXPECT_TRUE(wrong("/mint/minted", "749999999"));
    EXPECT_TRUE(wrong("/minted/0/amount", "105882353"));
    EXPECT_TRUE(wrong("/minted/0/weight", 1001));
    EXPECT_TRUE(wrong("/minted/2/audit_permille", 0));
    EXPECT_TRUE(wrong("/minted/4/windows", 37));
    EXPECT_TRUE(wrong("/minted/4/tokens", 12));
    EXPECT_TRUE(wrong("/units/0/status", "rejected"));
    EXPECT_TRUE(wrong("/units_accepted", 4));
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
    EXPECT_EQ(reason_of(receipt.at_pointer("/minted/1")), "1 unit accepted, audits of 1125/1000 of a unit");
    EXPECT_EQ(reason_of(receipt.at_pointer("/minted/6")), "20 blocks proposed");
}

}  // namespace
}  // namespace dure::tools
