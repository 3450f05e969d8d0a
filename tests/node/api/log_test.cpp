#include "node/log.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <spdlog/spdlog.h>

#include <boost/json.hpp>
#include <sstream>

namespace dure::node {
namespace {

namespace json = boost::json;

constexpr std::chrono::system_clock::time_point k_noon{std::chrono::milliseconds(1'795'348'800'123)};

TEST(JsonLog, SaysTimeLevelAndMessage) {
    EXPECT_EQ(json_log_line(k_noon, "info", "settled channel 7"),
              R"({"time":"2026-11-22T12:00:00.123Z","level":"info","message":"settled channel 7"})");
}

TEST(JsonLog, WellFormedTextComesBackAsItWas) {
    for (const std::string text :
         {"", "두레", "\"quoted\" \\ and / and \x7f", "a\nb\r\n\tc", "\xF0\x9F\x8C\xBE", "\x01"}) {
        const json::value line = json::parse(json_log_line(k_noon, "warning", text));
        EXPECT_EQ(line.at("message").as_string(), text);
        EXPECT_EQ(line.at("level").as_string(), "warning");
    }
    EXPECT_EQ(
        json::parse(json_log_line(k_noon, "info", std::string("a\0b", 3))).at("message").as_string().size(),
        3U);
}

TEST(JsonLog, WhatIsNoUtf8BecomesTheReplacementCharacter) {
    const std::string replaced = "\xEF\xBF\xBD";
    for (const auto& [text, shown] : std::vector<std::pair<std::string, std::string>>{
             {"\xFF", replaced},
             {"a\xC3", "a" + replaced},
             {"\xC0\xAF", replaced + replaced},
             {"\xED\xA0\x80", replaced + replaced + replaced},
             {"\xEB\x91x", replaced + replaced + "x"},
             {"\xF5\x80\x80\x80", replaced + replaced + replaced + replaced},
         }) {
        EXPECT_EQ(json::parse(json_log_line(k_noon, "info", text)).at("message").as_string(), shown);
    }
}

RC_GTEST_PROP(JsonLog, IsOneLineOfJsonForAnyBytes, (const std::string& message)) {
    const std::string line = json_log_line(k_noon, "error", message);
    RC_ASSERT(line.find('\n') == std::string::npos);
    const json::value read = json::parse(line);  // also checks the UTF-8
    RC_ASSERT(read.as_object().size() == 3U);
}

TEST(JsonLog, IsWhatTheNodeWritesWhenAsked) {
    testing::internal::CaptureStderr();
    begin_log("warning", k_json_log);
    spdlog::info("not this");
    spdlog::warn("a \"peer\"\nis {}", "gone");
    begin_log("info", k_plain_log);
    spdlog::warn("plain {}", 1);
    begin_log("off", k_plain_log);
    std::istringstream written(testing::internal::GetCapturedStderr());
    std::string line;
    ASSERT_TRUE(std::getline(written, line));
    EXPECT_EQ(json::parse(line).at("message").as_string(), "a \"peer\"\nis gone");
    ASSERT_TRUE(std::getline(written, line));
    EXPECT_TRUE(line.ends_with("plain 1")) << line;
    EXPECT_FALSE(std::getline(written, line));
}

}  // namespace
}  // namespace dure::node
