#include "tools/dure/devnet/text.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <filesystem>
#include <fstream>

namespace dure::tools {
namespace {

class DevnetTextTest : public testing::Test {
  protected:
    void SetUp() override {
        folder_ = std::filesystem::path(testing::TempDir()) / ("text-" + std::to_string(::getpid()));
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directories(folder_);
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }
    void write(const std::string& name, const std::string& text) {
        std::ofstream(folder_ / name, std::ios::binary) << text;
    }
    static std::string lines(const std::string& about, int count) {
        std::string text;
        for (int i = 0; i < count; ++i)
            text += about + " 이야기의 줄 번호 " + std::to_string(i) + "입니다.\n";
        return text;
    }
    std::filesystem::path folder_;
};

TEST_F(DevnetTextTest, EachFileIsAContributorsAndTheHoldOutIsNobodys) {
    write("b.txt", lines("나", 1000) + "비밀 줄입니다.\n");
    write("a.tsv", lines("가", 1000));
    write("hold-out.txt", lines("다", 100) + "비밀 줄입니다.\n");
    write("notes.md", "ignored");
    const auto text = read_devnet_text(folder_);
    ASSERT_TRUE(text) << text.error().message;
    ASSERT_EQ(text->contributors.size(), 2U);
    EXPECT_EQ(text->contributors[0].source, "a.tsv");
    EXPECT_NE(text->held_out.find("비밀"), std::string::npos);
    EXPECT_EQ(text->contributors[1].text.find("비밀"), std::string::npos);
}

TEST_F(DevnetTextTest, WithoutAHoldOutSomeLinesAreHeldOut) {
    write("a.txt", lines("가", 4000));
    const auto text = read_devnet_text(folder_);
    ASSERT_TRUE(text) << text.error().message;
    const std::string first = text->held_out.substr(0, text->held_out.find('\n') + 1);
    EXPECT_FALSE(first.empty());
    EXPECT_EQ(text->contributors[0].text.find(first), std::string::npos);
}

TEST_F(DevnetTextTest, WhatIsMissingOrNoTextIsSaid) {
    EXPECT_EQ(read_devnet_text(folder_ / "nowhere").error().code, ErrorCode::not_found);
    EXPECT_EQ(read_devnet_text(folder_).error().code, ErrorCode::not_found);
    write("a.txt", "짧다.\n");
    EXPECT_EQ(read_devnet_text(folder_).error().code, ErrorCode::insufficient);
    write("a.txt", "\xff\xfe" + lines("가", 1000));
    const auto broken = read_devnet_text(folder_);
    ASSERT_TRUE(broken.has_error());
    EXPECT_EQ(broken.error().code, ErrorCode::malformed);
    EXPECT_NE(broken.error().message.find("a.txt"), std::string::npos);
}

RC_GTEST_PROP(CutText, PiecesJoinToTheTextAndKeepTheBound,
              (const std::vector<std::string>& words, std::uint8_t bound)) {
    std::string text;
    std::size_t longest = 1;
    for (const std::string& word : words) {
        std::string line;
        for (const char c : word)
            line += c == '\n' ? ' ' : c;
        line += '\n';
        longest = std::max(longest, line.size());
        text += line;
    }
    std::string joined;
    for (const std::string& piece : cut_text(text, bound)) {
        RC_ASSERT(piece.size() <= std::max<std::size_t>(bound, longest));
        joined += piece;
    }
    RC_ASSERT(joined == text);
}

}  // namespace
}  // namespace dure::tools
