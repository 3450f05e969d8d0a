#include "tools/dure/korean_data.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>

namespace dure::tools {
namespace {

class KoreanDataTest : public testing::Test {
  protected:
    void SetUp() override {
        folder_ = std::filesystem::path(testing::TempDir()) / ("korean-" + std::to_string(::getpid()));
        std::filesystem::remove_all(folder_);
        std::filesystem::create_directories(folder_);
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }
    void write(const std::string& name, const std::string& text) {
        std::ofstream(folder_ / name, std::ios::binary) << text;
    }
    std::filesystem::path folder_;
};

TEST_F(KoreanDataTest, WhatIsAskedIsNeverTrainedOn) {
    std::string nli;
    std::string text;
    std::string requests;
    for (int i = 0; i < 1500; ++i) {
        const std::string n = std::to_string(i / 3);  // three of a group
        nli += "neutral\t전제 " + n + "\t가설 " + std::to_string(i) + "\n";
        requests += "부탁 " + std::to_string(i) + "\t요약 " + n + "\t0\n";
        text += "줄 " + std::to_string(i) + "\n";
    }
    write("klue_nli.train.tsv", nli);
    write("sae4k.train.tsv", requests);
    write("kaist.txt", text);
    write("nsmc.train.tsv", "1\t1\t1\t좋다\n");
    write("nsmc.dev.tsv", "2\t2\t0\t나쁘다\n2\t2\t0\t싫다\n");
    const auto data = read_korean_data(folder_);
    ASSERT_TRUE(data) << data.error().message;

    const auto apart = [](const auto& training, const auto& asked, const auto& key) {
        std::set<std::string> trained;
        for (const auto& item : training)
            trained.insert(key(item));
        return std::none_of(asked.begin(), asked.end(),
                            [&](const auto& item) { return trained.count(key(item)) != 0; });
    };
    const auto group = [](const auto& item) { return item.group; };
    ASSERT_EQ(data->choices.size(), 3U);
    EXPECT_EQ(data->choices[0].training.size(), 1U);
    EXPECT_EQ(data->choices[0].asked.size(), 2U);
    const ChoiceSet& inference = data->choices[1];
    EXPECT_EQ(inference.training.size() + inference.asked.size(), 1500U);
    EXPECT_FALSE(inference.asked.empty());
    EXPECT_TRUE(apart(inference.training, inference.asked, group));
    EXPECT_FALSE(data->asked_completions.empty());
    EXPECT_TRUE(apart(data->training_completions, data->asked_completions, group));
    EXPECT_FALSE(data->asked_lines.empty());
    EXPECT_TRUE(apart(data->training_lines, data->asked_lines, [](const std::string& line) { return line; }));
    EXPECT_EQ(data->missing, (std::vector<std::string>{"krdict_sent.train.txt", "krdict_dlg.txt",
                                                       "kobest_COPA_train.tsv", "kobest_COPA_dev.tsv"}));
}

TEST_F(KoreanDataTest, ErrorsNameTheFolderOrTheFile) {
    auto data = read_korean_data(folder_);
    ASSERT_FALSE(data);
    EXPECT_EQ(data.error().code, ErrorCode::not_found);
    write("nsmc.dev.tsv", "no table\n");
    data = read_korean_data(folder_);
    ASSERT_FALSE(data);
    EXPECT_NE(data.error().message.find("nsmc.dev.tsv: line 1"), std::string::npos) << data.error().message;
}

}  // namespace
}  // namespace dure::tools
