// Receipts' encodings and hashes are those that a second implementation computed from docs/protocol/inference-receipts.md.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>

#include "ledger/records/receipt_case.h"
#include "ledger/transactions/payload.h"
#include "tests/support/codec_laws.h"

namespace dure::ledger {
namespace {

std::map<std::string, Bytes> vectors() {
    std::map<std::string, Bytes> values;
    std::ifstream file(DURE_VECTORS "/receipts.txt");
    std::string name;
    std::string hex;
    while (file >> name >> hex)
        values.emplace(name, *from_hex(hex));
    return values;
}

class ReceiptVectors : public ::testing::TestWithParam<std::string> {
  protected:
    ByteView vector(const std::string& what) const { return all_.at(GetParam() + "." + what); }
    const std::map<std::string, Bytes> all_ = vectors();
};

TEST_P(ReceiptVectors, AreThoseOfTheSecondImplementation) {
    const auto request = decode<InferenceRequest>(vector("request"));
    const auto receipt = decode<InferenceReceipt>(vector("receipt"));
    ASSERT_TRUE(request);
    ASSERT_TRUE(receipt);
    EXPECT_EQ(encode(*request), to_bytes(vector("request")));
    EXPECT_EQ(encode(*receipt), to_bytes(vector("receipt")));
    EXPECT_TRUE(receipt->check_request(*request));
    EXPECT_FALSE(receipt->contradicts_itself(*request));
    EXPECT_TRUE(receipt->is_signed());
    EXPECT_EQ(to_bytes(receipt->id().bytes), to_bytes(vector("receipt_id")));
    EXPECT_EQ(to_bytes(receipt->statement.request().bytes), to_bytes(vector("request_hash")));
    EXPECT_EQ(to_bytes(receipt->statement.outcome.hash().bytes), to_bytes(vector("outcome_hash")));

    InferenceReceipt other = *receipt;
    ++other.statement.spent.value;
    EXPECT_FALSE(other.is_signed());
}

INSTANTIATE_TEST_SUITE_P(, ReceiptVectors, ::testing::Values("greedy", "sampled"),
                         [](const auto& one) { return one.param; });

TEST(ReceiptExamples, OutcomesOfTheExamplesComeOutAgain) {
    const auto all = vectors();
    const auto greedy = decode<InferenceReceipt>(all.at("greedy.receipt"));
    const auto sampled = decode<InferenceReceipt>(all.at("sampled.receipt"));
    ASSERT_TRUE(greedy && sampled);
    EXPECT_EQ(InferenceOutcome::of({{.tokens = {5, 9, 9}, .text = " 마을은", .end = AnswerEnd::stop}}),
              greedy->statement.outcome);
    EXPECT_EQ(InferenceOutcome::of(
                  {{.tokens = {5, 6, 7, 8, 9, 10, 11, 12}, .text = "가나 다", .end = AnswerEnd::length},
                   {.tokens = {}, .text = "", .end = AnswerEnd::stop},
                   {.tokens = {3, 4}, .text = "라", .end = AnswerEnd::cut}}),
              sampled->statement.outcome);
}

TEST(ReceiptCodec, ObeysTheLaws) {
    test::check_codec_laws<InferenceRequest>();
    test::check_codec_laws<InferenceReceipt>();
    test::check_codec_laws<AnswerTokens>();
    test::check_codec_laws<ServerBondRecord>();
    test::check_codec_laws<ReceiptCaseRecord>();
    test::check_codec_laws<ReportReceipt>();
    test::check_codec_laws<JudgeReceipt>();
}

}  // namespace
}  // namespace dure::ledger
