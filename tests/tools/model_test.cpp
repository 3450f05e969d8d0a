// dure model: files of every kind lead back to the same checkpoint.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/trainer/support.h"
#include "tools/dure/model_folder.h"
#include "tools/dure/new_chain.h"
#include "tools/dure/program.h"
#include "trainer/interchange/llama_files.h"
#include "trainer/text/tokenizer.h"

namespace dure::tools {
namespace {

namespace fs = std::filesystem;

struct ModelOutcome {
    int status = 0;
    std::string out;
    std::string err;
};

std::string sample_text() {
    std::string text;
    for (const char* who : {"농부가", "아이가", "할머니가", "이웃이"}) {
        for (const char* where : {"논에서", "밭에서", "마당에서", "학교에서"}) {
            for (const char* what :
                 {"노래를 부른다.", "씨앗을 심는다.", "책을 읽었다.", "쌀 3가마를 나누었다."})
                text += std::string(who) + " " + where + " " + what + "\n";
        }
    }
    return text;
}

class ModelCommand : public ::testing::Test {
  protected:
    ModelCommand() {
        fs::remove_all(folder_);
        fs::create_directories(folder_);
    }
    ~ModelCommand() override { fs::remove_all(folder_); }

    std::string at(const char* name) const { return (folder_ / name).string(); }

    ModelOutcome dure(const std::vector<std::string>& words) const {
        std::vector<const char*> arguments{"dure"};
        for (const std::string& word : words)
            arguments.push_back(word.c_str());
        Program program;
        add_all_commands(program);
        ::testing::internal::CaptureStdout();
        ::testing::internal::CaptureStderr();
        ModelOutcome outcome;
        outcome.status = program.run(static_cast<int>(arguments.size()), arguments.data());
        outcome.out = ::testing::internal::GetCapturedStdout();
        outcome.err = ::testing::internal::GetCapturedStderr();
        return outcome;
    }
    std::string bytes_of(const std::string& file) const {
        std::ifstream stream(file, std::ios::binary);
        std::ostringstream bytes;
        bytes << stream.rdbuf();
        return bytes.str();
    }
    trainer::Checkpoint checkpoint() const {
        trainer::Checkpoint made = *trainer::initial_checkpoint(trainer::testing::tiny_model(), 1);
        made.outer_momentum[5] = 0.5F;
        return made;
    }

    fs::path folder_ =
        fs::temp_directory_path() /
        ("dure_model_test_" + std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
};

TEST_F(ModelCommand, ExportAndImportLeadBackToTheSameFile) {
    ASSERT_TRUE(write_checkpoint_file(at("a.bin"), checkpoint()));
    ASSERT_EQ(dure({"model", "export", at("llama"), "--checkpoint", at("a.bin")}).status, 0);
    EXPECT_TRUE(fs::exists(at("llama") + "/model.safetensors"));
    EXPECT_TRUE(fs::exists(at("llama") + "/outer_momentum.safetensors"));
    ASSERT_EQ(dure({"model", "import", at("llama"), at("b.bin")}).status, 0);
    EXPECT_EQ(bytes_of(at("a.bin")), bytes_of(at("b.bin")));

    const ModelOutcome shown = dure({"model", "show", at("llama"), "--json"});
    ASSERT_EQ(shown.status, 0);
    EXPECT_EQ(boost::json::parse(shown.out).at("root").as_string(), checkpoint().root().hex());

    EXPECT_EQ(dure({"model", "import", at("llama"), at("b.bin")}).status, 5) << "nothing is overwritten";
    EXPECT_EQ(dure({"model", "export", at("llama"), "--checkpoint", at("a.bin")}).status, 5);
}

TEST_F(ModelCommand, GrowsFilesAndSaysWhatStays) {
    ASSERT_TRUE(write_checkpoint_file(at("a.bin"), checkpoint()));
    const ModelOutcome grown =
        dure({"model", "grow", at("a.bin"), at("b.bin"), "--layers", "3", "--kv-heads", "4", "--seed", "7"});
    EXPECT_EQ(grown.status, 0) << grown.err;
    EXPECT_NE(grown.out.find("bit for bit"), std::string::npos);
    const auto large = read_model(at("b.bin"));
    ASSERT_TRUE(large) << large.error().message;
    EXPECT_EQ(large->checkpoint.config.layers, 3U);
    EXPECT_EQ(large->checkpoint.config.heads, 8U);
    const ModelOutcome wide = dure({"model", "grow", at("a.bin"), at("c.bin"), "--dim", "16"});
    EXPECT_NE(wide.out.find("to rounding"), std::string::npos);
    const ModelOutcome shrunk = dure({"model", "grow", at("a.bin"), at("d.bin"), "--layers", "1"});
    EXPECT_EQ(shrunk.status, 5);
    EXPECT_NE(shrunk.err.find("layers would go from 2 to 1"), std::string::npos) << shrunk.err;
}

TEST_F(ModelCommand, SaysWhatIsMissing) {
    EXPECT_EQ(dure({"model", "show", at("nothing")}).status, 3);
    fs::create_directories(at("empty"));
    EXPECT_NE(dure({"model", "show", at("empty")}).err.find("config.json"), std::string::npos);
    std::ofstream(at("empty") + "/config.json") << "{}";
    const ModelOutcome none = dure({"model", "show", at("empty")});
    EXPECT_EQ(none.status, 3);
    EXPECT_NE(none.err.find("pytorch_model.bin"), std::string::npos) << none.err;
    EXPECT_EQ(dure({"model", "export", at("x"), "--data", at("empty")}).status, 3);
}

TEST_F(ModelCommand, ReadsShards) {
    ASSERT_TRUE(write_model_folder(at("llama"), {checkpoint(), {}}));
    fs::rename(at("llama") + "/model.safetensors", at("llama") + "/model-00001-of-00001.safetensors");
    std::ofstream(at("llama") + "/model.safetensors.index.json")
        << R"({"weight_map": {"lm_head.weight": "model-00001-of-00001.safetensors"}})";
    const auto model = read_model(at("llama"));
    ASSERT_TRUE(model) << model.error().message;
    EXPECT_EQ(model->checkpoint, checkpoint());
    fs::remove(at("llama") + "/model-00001-of-00001.safetensors");
    EXPECT_EQ(read_model(at("llama")).error().code, ErrorCode::not_found);
}

TEST_F(ModelCommand, AChainCanBeginWithAModel) {
    Model start;
    start.tokenizer = *trainer::Tokenizer::train(sample_text(), 400);
    trainer::ModelConfig config = trainer::testing::tiny_model();
    config.vocab = config.active_vocab = trainer::Tokenizer::load(start.tokenizer)->size();
    start.checkpoint = *trainer::initial_checkpoint(config, 3);
    ASSERT_TRUE(write_model_folder(at("llama"), start));
    const auto read = read_model(at("llama"));
    ASSERT_TRUE(read) << read.error().message;

    NewModelOptions options;
    options.unit_steps = 1;
    options.start = &*read;
    const auto say = [](const std::string&) {};
    const auto made = make_model("", sample_text(), options, say);
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->genesis.checkpoint_root, start.checkpoint.root());
    EXPECT_EQ(made->tokenizer, start.tokenizer);
    EXPECT_EQ(made->genesis.window_tokens, config.max_sequence + 1);

    Model lacking = *read;
    lacking.tokenizer.clear();
    options.start = &lacking;
    EXPECT_NE(make_model("", sample_text(), options, say).error().message.find("no tokenizer.model"),
              std::string::npos);
    lacking.tokenizer = start.tokenizer;
    lacking.checkpoint = checkpoint();
    EXPECT_NE(make_model("", sample_text(), options, say).error().message.find("do not belong together"),
              std::string::npos);
}

}  // namespace
}  // namespace dure::tools
