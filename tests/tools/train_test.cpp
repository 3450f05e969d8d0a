// dure dataset, dure train and dure eval, one after the other, as a person would use them.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "tools/dure/commands.h"
#include "tools/dure/model_files.h"
#include "tools/dure/training_files.h"

namespace dure::tools {
namespace {

namespace fs = std::filesystem;

class TrainTest : public testing::Test {
  protected:
    void SetUp() override {
        folder_ = fs::path(testing::TempDir()) / ("train-" + std::to_string(::getpid()));
        fs::remove_all(folder_);
        fs::create_directories(folder_ / "data");
        std::string training;
        for (int i = 0; i < 200; ++i) {
            training += "1\t" + std::to_string(i) + "\t1\t정말 좋은 영화 " + std::to_string(i) + "\n";
            training += "1\t" + std::to_string(i) + "\t0\t너무 나쁜 영화 " + std::to_string(i) + "\n";
        }
        write("data/nsmc.train.tsv", training);
        write("data/nsmc.dev.tsv", "1\t1\t1\t정말 좋은 영화 555\n2\t2\t0\t너무 나쁜 영화 777\n");
        write("data/kaist.txt", std::string(300, 'a') + "\n우리는 영화를 본다.\n오늘은 날씨가 좋다.\n");
    }
    void TearDown() override { fs::remove_all(folder_); }

    std::string path(const std::string& name) const { return (folder_ / name).string(); }
    void write(const std::string& name, const std::string& text) const {
        std::ofstream(folder_ / name, std::ios::binary) << text;
    }
    std::string content(const std::string& name) const {
        std::ifstream file(folder_ / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    // Exit status; what it printed is in out_.
    int dure(std::vector<std::string> arguments) {
        Program program;
        add_all_commands(program);
        std::vector<const char*> words{"dure"};
        for (const std::string& argument : arguments)
            words.push_back(argument.c_str());
        testing::internal::CaptureStdout();
        testing::internal::CaptureStderr();
        const int status = program.run(static_cast<int>(words.size()), words.data());
        out_ = testing::internal::GetCapturedStdout();
        err_ = testing::internal::GetCapturedStderr();
        return status;
    }
    std::vector<std::string> training(const std::string& out, const std::string& steps) const {
        return {"train",
                "--answers",
                path("text/nsmc.tsv") + ":3",
                "--text",
                path("text/nsmc.tsv"),
                "--out",
                path(out),
                "--vocab",
                "400",
                "--dim",
                "32",
                "--layers",
                "1",
                "--ffn",
                "64",
                "--context",
                "64",
                "--steps",
                steps,
                "--batch",
                "8",
                "--learning-rate",
                "5e-3",
                "--warmup",
                "5",
                "--sequence",
                "32"};
    }

    fs::path folder_;
    std::string out_;
    std::string err_;
};

TEST_F(TrainTest, ATextBecomesAModelThatIsMeasured) {
    ASSERT_EQ(dure({"dataset", "--data", path("data"), "--out", path("text")}), 0) << err_;
    EXPECT_NE(content("text/nsmc.tsv").find("정말 좋은 영화 0 감정:\t긍정\n"), std::string::npos);
    EXPECT_NE(out_.find("left out: there is no klue_nli.train.tsv"), std::string::npos) << out_;

    ASSERT_EQ(dure(training("model", "120")), 0) << err_;
    EXPECT_NE(out_.find("step 120 of 120"), std::string::npos) << out_;
    EXPECT_FALSE(fs::exists(folder_ / "model" / "run.state"));
    ASSERT_EQ(dure({"eval", path("model/checkpoint.bin"), "--data", path("data"), "--json"}), 0) << err_;
    const auto result = boost::json::parse(out_);
    double sentiment = -1;
    for (const auto& task : result.at("tasks").as_array()) {
        if (task.at("task").as_string() == "sentiment (NSMC)")
            sentiment = task.at("model").to_number<double>();
    }
    EXPECT_EQ(sentiment, 1.0) << out_;

    ASSERT_EQ(dure(training("again", "120")), 0) << err_;
    EXPECT_EQ(content("model/checkpoint.bin"), content("again/checkpoint.bin"));
    EXPECT_EQ(dure(training("again", "120")), 5) << "a finished model is not trained over";

    auto more = training("more", "10");
    more.insert(more.end(), {"--from", path("model/checkpoint.bin")});
    ASSERT_EQ(dure(more), 0) << err_;
    EXPECT_EQ(content("model/tokenizer.model"), content("more/tokenizer.model"));

    ASSERT_EQ(dure({"model", "export", path("llama"), "--checkpoint", path("model")}), 0) << err_;
    std::string seen;
    for (const char* const name : {"llama", "model", "model/checkpoint.bin"}) {
        ASSERT_EQ(dure({"eval", path(name), "--data", path("data"), "--json"}), 0) << err_;
        if (seen.empty()) seen = out_;
        EXPECT_EQ(out_, seen) << name;
    }
    auto from_folder = training("from-folder", "10");
    from_folder.insert(from_folder.end(), {"--from", path("llama")});
    ASSERT_EQ(dure(from_folder), 0) << err_;
    EXPECT_EQ(content("from-folder/checkpoint.bin"), content("more/checkpoint.bin"));

    fs::rename(folder_ / "llama" / "tokenizer.model", folder_ / "moved.model");
    EXPECT_EQ(dure({"eval", path("llama"), "--data", path("data")}), 3);
    EXPECT_NE(err_.find("tokenizer.model"), std::string::npos) << err_;
    ASSERT_EQ(
        dure({"eval", path("llama"), "--tokenizer", path("moved.model"), "--data", path("data"), "--json"}),
        0)
        << err_;
    EXPECT_EQ(out_, seen);
}

TEST_F(TrainTest, NonsenseIsRefusedWithAReason) {
    EXPECT_NE(dure({"train", "--out", path("model")}), 0);
    EXPECT_NE(err_.find("--text"), std::string::npos) << err_;
    EXPECT_EQ(dure({"train", "--out", path("model"), "--text", path("nothing.txt")}), 3);
    write("bad.tsv", "question without an answer\n");
    EXPECT_NE(dure({"train", "--out", path("model"), "--answers", path("bad.tsv")}), 0);
    EXPECT_NE(err_.find("bad.tsv: line 1"), std::string::npos) << err_;
    EXPECT_EQ(dure({"eval", path("no.bin"), "--data", path("data")}), 3);
}

TEST_F(TrainTest, WeightsStandBehindTheFile) {
    write("a.txt", "하나\n둘\n");
    write("b:2.txt", "하나\n둘\n");
    const auto files = read_training_files({path("a.txt") + ":7", path("a.txt"), path("b:2.txt")}, {});
    ASSERT_TRUE(files) << files.error().message;
    EXPECT_EQ((*files)[0].weight, 7U);
    EXPECT_EQ((*files)[1].weight, 1U);
    EXPECT_EQ((*files)[2].weight, 1U);
    EXPECT_EQ((*files)[0].name, "a");
    EXPECT_EQ(all_text(*files), "하나\n둘\n하나\n둘\n하나\n둘\n");
}

}  // namespace
}  // namespace dure::tools
