#include "trainer/text/examples.h"

#include <gtest/gtest.h>

#include <random>

#include "trainer/text/normalize.h"

namespace dure::trainer {
namespace {

constexpr const char* k_reviews = "document\tlabel\n정말 재미있다.\t좋다\n다시는 안 본다\t나쁘다\n";

ErrorCode code_of(const Result<std::string>& result) {
    return result ? ErrorCode::internal : result.error().code;
}
ErrorCode code_of(const Status& status) {
    return status ? ErrorCode::internal : status.error().code;
}

TEST(Examples, EachRowIsPutIntoTheTemplate) {
    EXPECT_EQ(*render_examples(k_reviews, "평: {document}\n판정: {label}"),
              "평: 정말 재미있다.\n판정: 좋다\n평: 다시는 안 본다\n판정: 나쁘다\n");
    EXPECT_EQ(*render_examples(k_reviews, "{{{label}}}"), "{좋다}\n{나쁘다}\n");
    EXPECT_EQ(*render_examples("a\tb\n\tx\n", "{a} {b}"), "x\n") << "the whole is brought into normal form";
    EXPECT_EQ(*render_examples("a\nx\n", "{a}{a}"), "xx\n");
}

TEST(Examples, SayWhatIsWrongWithATemplate) {
    for (const char* pattern : {"{unknown}", "{document", "}", "{", "{}", "{ document}"})
        EXPECT_EQ(code_of(render_examples(k_reviews, pattern)), ErrorCode::malformed) << pattern;
}

TEST(Examples, HaveOneFormOnly) {
    EXPECT_TRUE(check_table(k_reviews));
    for (const char* table : {"", "a", "a\n", "a\nx", "A\nx\n", "a b\nx\n", "a\ta\nx\ty\n", "a\tb\nx\n",
                              "a\nx\ty\n", "\nx\n", "a\n x\n", "a\nx \n", "a\nx  y\n", "a\nx\r\n",
                              "a\n\xff\n", "a\n\n\nx\xc2\xa0y\n", "a\ne\xcc\x81\n"})
        EXPECT_EQ(code_of(check_table(table)), ErrorCode::malformed) << table;
    EXPECT_EQ(code_of(check_table("a\n\n")), ErrorCode::malformed) << "a row with nothing in it";
    EXPECT_EQ(code_of(check_table("a\tb\n\t\n")), ErrorCode::malformed);
    EXPECT_TRUE(check_table("a\tb\n\tx\n"));
}

TEST(Examples, ComeFromTabSeparatedFiles) {
    EXPECT_EQ(*table_from_tsv("document\tlabel\r\n정말  재미있다.\t좋다\r\n\r\n 다시는 안 본다\t나쁘다"),
              k_reviews);
    EXPECT_EQ(code_of(table_from_tsv("id\tdocument\n1\n")), ErrorCode::malformed);
    EXPECT_EQ(code_of(table_from_tsv("")), ErrorCode::malformed);
    EXPECT_EQ(*make_table({"q"}, {{"두 줄\n입니다"}}), "q\n두 줄 입니다\n");
    EXPECT_EQ(code_of(make_table({"Q"}, {{"x"}})), ErrorCode::malformed);
}

TEST(Examples, AreBounded) {
    const std::string field(100'000, 'x');
    std::string pattern;
    for (int i = 0; i < 300; ++i)
        pattern += "{a}";
    std::string table = "a\n";
    for (int i = 0; i < 3; ++i)
        table += field + "\n";
    EXPECT_EQ(code_of(render_examples(table, pattern)), ErrorCode::out_of_range);
}

TEST(Examples, AnyBytesAreATableOrAnError) {
    std::mt19937_64 random(5);
    const std::string alphabet = "ab\t\n{} \xea\xb0\x80";
    for (int i = 0; i < 5'000; ++i) {
        std::string bytes;
        for (std::uint64_t n = random() % 24; n > 0; --n)
            bytes.push_back(alphabet[random() % alphabet.size()]);
        const auto text = render_examples(bytes, "{a}");
        if (text) {
            EXPECT_TRUE(check_table(bytes));
            EXPECT_EQ(*normalize_text(*text), *text);
        }
        if (const auto table = table_from_tsv(bytes)) {
            EXPECT_TRUE(check_table(*table)) << *table;
            EXPECT_EQ(*table_from_tsv(*table), *table);
        }
    }
}

}  // namespace
}  // namespace dure::trainer
