#include "tools/dure/contribute.h"

#include <gtest/gtest.h>

#include <random>

#include "base/blob.h"
#include "tools/dure/labelled.h"
#include "trainer/text/examples.h"

namespace dure::tools {
namespace {

ErrorCode code_of(const auto& result) {
    return result ? ErrorCode::internal : result.error().code;
}

ContributionOptions options_with(std::string pattern = {}) {
    ContributionOptions options;
    options.license = "CC0-1.0";
    options.pattern = std::move(pattern);
    return options;
}

TEST(Contribution, ATextIsNamedByItsNormalForm) {
    const auto plain = make_contribution("a.txt", " 두레는\t마을의  모임 \r\n\r\n", options_with());
    ASSERT_TRUE(plain) << plain.error().message;
    EXPECT_EQ(plain->bytes, "두레는 마을의 모임\n");
    EXPECT_EQ(plain->shard, blob_hash(as_bytes(plain->bytes)));
    EXPECT_TRUE(std::holds_alternative<ledger::PlainText>(plain->kind));
    EXPECT_EQ(code_of(make_contribution("a.txt", " \n", options_with())), ErrorCode::insufficient);
    EXPECT_EQ(code_of(make_contribution("a.txt", "\xff", options_with())), ErrorCode::malformed);
}

TEST(Contribution, ATableOfEitherFormIsTheSameShard) {
    const std::string pattern = "{q}\\n{a}";
    const auto tsv = make_contribution("a.tsv", "q\ta\n몇 개?\t3\n", options_with(pattern));
    const auto jsonl = make_contribution("a.jsonl", "{\"q\": \"몇 개?\", \"a\": 3}\n", options_with(pattern));
    ASSERT_TRUE(tsv && jsonl);
    EXPECT_EQ(tsv->shard, jsonl->shard);
    EXPECT_EQ(tsv->bytes, "q\ta\n몇 개?\t3\n");
    EXPECT_EQ(std::get<ledger::Labelled>(tsv->kind).pattern, "{q}\n{a}");
    EXPECT_EQ(code_of(make_contribution("a.jsonl", "{}", options_with())), ErrorCode::malformed);
    EXPECT_EQ(code_of(make_contribution("a.tsv", "q\ta\nx\ty\n", options_with("{b}"))), ErrorCode::malformed);
}

TEST(Contribution, TagsAreSortedAndBounded) {
    ContributionOptions options = options_with();
    options.tags = {"food", "cooking", "food"};
    const auto made = make_contribution("a.txt", "글", options);
    ASSERT_TRUE(made);
    ASSERT_EQ(made->tags.size(), 2U);
    EXPECT_EQ(made->tags[0], "cooking");
    options.tags = {std::string(33, 'x')};
    EXPECT_EQ(code_of(make_contribution("a.txt", "글", options)), ErrorCode::out_of_range);
    options.tags = {"1", "2", "3", "4", "5", "6", "7", "8", "9"};
    EXPECT_EQ(code_of(make_contribution("a.txt", "글", options)), ErrorCode::out_of_range);
}

TEST(Labelled, JsonLinesBecomeATableOrAnError) {
    EXPECT_EQ(*table_from_jsonl("{\"a\":\"x\",\"b\":true}\n\n{\"b\":1.5,\"a\":\"y\\nz\"}"),
              "a\tb\nx\ttrue\ny z\t1.5E0\n");
    for (const char* file : {"", "[]", "{\"a\":[]}", "{\"a\":\"x\"}\n{\"b\":\"x\"}",
                             "{\"a\":\"x\"}\n{\"a\":\"x\",\"b\":1}", "{\"A\":\"x\"}", "{\"a\":\"x\"", "{}"})
        EXPECT_EQ(code_of(table_from_jsonl(file)), ErrorCode::malformed) << file;
    std::mt19937_64 random(9);
    const std::string alphabet = "{}\":,ab1\n\t[]tru\\ ";
    for (int i = 0; i < 3'000; ++i) {
        std::string bytes = "{\"a\":\"";
        for (std::uint64_t n = random() % 20; n > 0; --n)
            bytes.push_back(alphabet[random() % alphabet.size()]);
        if (const auto table = table_from_jsonl(bytes)) {
            EXPECT_TRUE(trainer::check_table(*table)) << *table;
        }
    }
}

}  // namespace
}  // namespace dure::tools
