#include "tools/dure/event_stream.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

namespace dure::tools {
namespace {

std::vector<std::string> events_of(const std::string& bytes, std::size_t part) {
    std::vector<std::string> events;
    EventStream stream([&](std::string_view data) { events.emplace_back(data); });
    for (std::size_t at = 0; at < bytes.size(); at += part)
        EXPECT_TRUE(stream.push(std::string_view(bytes).substr(at, part)));
    return events;
}

RC_GTEST_PROP(EventStream, EventsComeBackHoweverTheBytesAreCut, (const std::vector<std::string>& texts)) {
    std::string bytes = ": a comment\n";
    std::vector<std::string> expected;
    for (std::string text : texts) {
        std::erase_if(text, [](char c) { return c == '\r' || c == '\n'; });
        bytes += "data: " + text + "\nid: 7\n\n";
        expected.push_back(text);
    }
    for (const std::size_t part : {std::size_t{1}, std::size_t{3}, bytes.size()})
        RC_ASSERT(events_of(bytes, part) == expected);
}

TEST(EventStream, LinesOfOneEventAreJoinedAndCarriageReturnsAreDropped) {
    EXPECT_EQ(events_of("data: a\r\ndata:b\r\n\r\ndata: c\n\ndata: unfinished", 2),
              (std::vector<std::string>{"a\nb", "c"}));
}

TEST(EventStream, AnEventWithoutEndIsRefused) {
    EventStream stream([](std::string_view) {});
    const std::string part(1 << 20, 'x');
    Status status;
    for (int i = 0; i < 20 && status; ++i)
        status = stream.push(part);
    EXPECT_FALSE(status);
}

}  // namespace
}  // namespace dure::tools
