#include "tools/dure/output.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <sstream>

namespace dure::tools {
namespace {

TEST(Output, HangulTakesTwoColumns) {
    EXPECT_EQ(display_width("두레"), 4U);
    EXPECT_EQ(display_width("dure"), 4U);
    EXPECT_EQ(fit("두레마을", 5), "두레…");
    EXPECT_EQ(fit("두레", 4), "두레");
}

TEST(Output, ColumnsLineUpAlsoWithHangul) {
    Table table({"이름", "shares"});
    table.row({"가람", "1.5"});
    table.row({"x", "1000"});
    EXPECT_EQ(table.text(), "이름  shares\n가람     1.5\nx       1000\n");
}

RC_GTEST_PROP(Output, AnyBytesHaveAWidthAndFit, (const std::string& text, std::uint8_t width)) {
    RC_ASSERT(display_width(fit(text, width)) <= std::max<std::size_t>(width, 1));
}

RC_GTEST_PROP(Output, APlotShowsEveryCurveInItsBounds, (const std::vector<std::uint16_t>& values)) {
    std::vector<Point> curve;
    for (std::size_t i = 0; i < values.size(); ++i)
        curve.push_back({i, values[i] / 100.0});
    const std::string text = plot(curve, "round", 40, 8);
    RC_ASSERT(text.empty() == curve.empty());
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
        RC_ASSERT(line.size() <= 11 + 40 + 10);
}

TEST(Output, MicroNatsAreNats) {
    EXPECT_EQ(nats(5'123'456), "5.1235");
    EXPECT_EQ(nats(0), "0.0000");
}

TEST(Output, PrettyJsonParsesToTheSame) {
    const boost::json::value value = boost::json::parse(R"({"a":[1,{"b":"두레"}],"c":{},"d":[]})");
    EXPECT_EQ(boost::json::parse(pretty(value)), value);
}

}  // namespace
}  // namespace dure::tools
