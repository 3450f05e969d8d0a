#include "tools/dure/program.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "trainer/kernels/device_choice.h"

namespace dure::tools {
namespace {

struct Outcome {
    int status = 0;
    std::string out;
    std::string err;
};

/// Runs the whole program in this process.
Outcome dure(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "dure");
    Program program;
    add_all_commands(program);
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    Outcome outcome;
    outcome.status = program.run(static_cast<int>(arguments.size()), arguments.data());
    outcome.out = testing::internal::GetCapturedStdout();
    outcome.err = testing::internal::GetCapturedStderr();
    return outcome;
}

void each_command(const CLI::App& app, const std::function<void(const CLI::App&)>& visit) {
    for (const CLI::App* sub : app.get_subcommands({})) {
        visit(*sub);
        each_command(*sub, visit);
    }
}

TEST(Program, EveryCommandHasADescriptionAndAnExample) {
    Program program;
    add_all_commands(program);
    int commands = 0;
    each_command(program.root(), [&](const CLI::App& command) {
        ++commands;
        EXPECT_FALSE(command.get_description().empty()) << command.get_name();
        EXPECT_NE(command.get_footer().find("dure "), std::string::npos) << command.get_name();
        EXPECT_NE(command.get_footer().find("Example"), std::string::npos) << command.get_name();
    });
    EXPECT_GE(commands, 13);
}

TEST(Program, BenchSaysWhatADeviceNeeds) {
    EXPECT_EQ(dure({"bench", "device", "--device", "abacus"}).status, 2);
    // Without a GPU it says why; with one, its bits must be the CPU's.
    const std::string fault = trainer::device_fault(trainer::DeviceKind::cuda);
    const Outcome outcome = dure({"bench", "device", "--device", "cuda"});
    EXPECT_EQ(outcome.status, fault.empty() ? 0 : 4) << outcome.err;
    EXPECT_NE(outcome.err.find(fault), std::string::npos) << outcome.err;
}

TEST(Program, HelpIsNoErrorAndNonsenseIsAUsageError) {
    EXPECT_EQ(dure({"--help"}).status, 0);
    EXPECT_EQ(dure({"send", "--help"}).status, 0);
    EXPECT_EQ(dure({}).status, 2);
    EXPECT_EQ(dure({"fly"}).status, 2);
    EXPECT_EQ(dure({"send"}).status, 2);
    EXPECT_EQ(dure({"owners", "--limit", "0"}).status, 2);
    EXPECT_EQ(dure({"status", "--node", "gopher://x"}).status, 2);
}

TEST(Program, NobodyThereIsStatusFourAndNamesTheNode) {
    const Outcome outcome = dure({"status", "--node", "http://127.0.0.1:1"});
    EXPECT_EQ(outcome.status, 4);
    EXPECT_NE(outcome.err.find("127.0.0.1:1"), std::string::npos) << outcome.err;
}

TEST(Program, ErrorsAreJsonWhereJsonIsAsked) {
    const Outcome outcome = dure({"status", "--node", "http://127.0.0.1:1", "--json"});
    EXPECT_EQ(outcome.status, 4);
    EXPECT_EQ(outcome.err.rfind("{\"error\":{\"code\":\"unavailable\"", 0), 0U) << outcome.err;
}

class ProgramKeys : public testing::Test {
  protected:
    void SetUp() override {
        folder_ = std::filesystem::path(testing::TempDir()) / ("wallet-" + std::to_string(::getpid()));
        std::filesystem::remove_all(folder_);
        wallet_ = folder_.string();
        ::setenv("DURE_PASSWORD", "열려라 참깨", 1);
    }
    void TearDown() override {
        ::unsetenv("DURE_PASSWORD");
        std::filesystem::remove_all(folder_);
    }
    std::filesystem::path folder_;
    std::string wallet_;
};

TEST_F(ProgramKeys, AKeyComesBackFromItsWords) {
    const char* const wallet = wallet_.c_str();
    EXPECT_EQ(dure({"keys", "list", "--wallet", wallet}).status, 0);
    EXPECT_EQ(dure({"keys", "show", "--wallet", wallet}).status, 3);
    ASSERT_EQ(dure({"keys", "new", "--name", "savings", "--wallet", wallet}).status, 0);
    EXPECT_EQ(dure({"keys", "new", "--name", "savings", "--wallet", wallet}).status, 5);
    EXPECT_EQ(dure({"keys", "new", "--name", "../x", "--wallet", wallet}).status, 2);
    const Outcome words = dure({"keys", "words", "savings", "--wallet", wallet});
    ASSERT_EQ(words.status, 0) << words.err;
    const std::string text = words.out;
    ASSERT_EQ(dure({"keys", "restore", text.c_str(), "--name", "again", "--wallet", wallet}).status, 0);
    EXPECT_EQ(dure({"keys", "show", "savings", "--wallet", wallet}).out,
              dure({"keys", "show", "again", "--wallet", wallet}).out);
    ::setenv("DURE_PASSWORD", "wrong", 1);
    EXPECT_EQ(dure({"keys", "words", "savings", "--wallet", wallet}).status, 5);
}

TEST(Program, BashCompletionKnowsTheCommands) {
    const Outcome outcome = dure({"completion", "bash"});
    EXPECT_EQ(outcome.status, 0);
    const std::string script =
        outcome.out +
        "\nCOMP_WORDS=(dure keys re); COMP_CWORD=2; _dure; [ \"${COMPREPLY[*]}\" = restore ] || exit 1"
        "\nCOMP_WORDS=(dure contribute data --lic); COMP_CWORD=3; _dure; [ \"${COMPREPLY[*]}\" = --license ] "
        "|| exit 2"
        "\nCOMP_WORDS=(dure devn); COMP_CWORD=1; _dure; [ \"${COMPREPLY[*]}\" = devnet ] || exit 3";
    EXPECT_EQ(std::system(("bash -c '" +
                           [&] {
                               std::string quoted;
                               for (const char c : script)
                                   quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
                               return quoted;
                           }() +
                           "'")
                              .c_str()),
              0);
}

}  // namespace
}  // namespace dure::tools
