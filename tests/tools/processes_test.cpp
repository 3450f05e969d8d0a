#include "tools/dure/devnet/processes.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>

namespace dure::tools {
namespace {

std::filesystem::path log_file() {
    return std::filesystem::path(testing::TempDir()) / ("child-" + std::to_string(::getpid()) + ".log");
}

std::optional<std::string> wait_for_end(ChildProcess& child) {
    for (int i = 0; i < 500; ++i) {
        if (auto ending = child.ended()) return ending;
        pause_for(std::chrono::milliseconds(10));
    }
    return std::nullopt;
}

TEST(ChildProcess, SaysHowItEnded) {
    auto child = ChildProcess::start("/bin/sh", {"-c", "echo hello; exit 3"}, log_file());
    ASSERT_TRUE(child);
    EXPECT_EQ(wait_for_end(*child), "exit status 3");
    std::ifstream log(log_file());
    std::string line;
    while (std::getline(log, line) && line != "hello") {
    }
    EXPECT_EQ(line, "hello");
}

TEST(ChildProcess, WhatDoesNotStopWhenAskedIsKilled) {
    auto child =
        ChildProcess::start("/bin/sh", {"-c", "trap '' TERM; while :; do sleep 1; done"}, log_file());
    ASSERT_TRUE(child);
    const pid_t id = child->id();
    pause_for(std::chrono::milliseconds(200));
    child->stop(std::chrono::milliseconds(100));
    EXPECT_EQ(child->ended(), "signal 9");
    EXPECT_NE(::kill(id, 0), 0);
}

TEST(ChildProcess, IsStoppedWhenItsOwnerLetsGo) {
    pid_t id = 0;
    {
        auto child = ChildProcess::start("/bin/sleep", {"60"}, log_file());
        ASSERT_TRUE(child);
        id = child->id();
        EXPECT_EQ(::kill(id, 0), 0);
    }
    EXPECT_NE(::kill(id, 0), 0);
}

TEST(ChildProcess, AProgramThatIsNotThereEndsAtOnce) {
    auto child = ChildProcess::start("/nonexistent/program", {}, log_file());
    ASSERT_TRUE(child);
    EXPECT_EQ(wait_for_end(*child), "exit status 127");
}

TEST(Ports, AFreePortIsFree) {
    const auto port = free_port();
    ASSERT_TRUE(port);
    EXPECT_TRUE(port_is_free(*port));
}

}  // namespace
}  // namespace dure::tools
