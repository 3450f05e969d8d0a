#include "base/bytes.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace dure {
namespace {

TEST(Hex, IsLowerCaseAndReadInEitherCase) {
    const Bytes bytes{0x00, 0x0f, 0xa0, 0xff};
    EXPECT_EQ(to_hex(bytes), "000fa0ff");
    EXPECT_EQ(from_hex("000fA0Ff").value(), bytes);
    EXPECT_EQ(from_hex("").value(), Bytes{});
}

TEST(Hex, RefusesOddLengthsAndOtherCharacters) {
    for (const char* text : {"0", "000", "0g", "g0", " 00", "0x00", "00\n", "/0", ":0", "@0", "`0"}) {
        const auto result = from_hex(text);
        ASSERT_FALSE(result.has_value()) << text;
        EXPECT_EQ(result.error().code, ErrorCode::malformed);
    }
}

RC_GTEST_PROP(Hex, AnyBytesRoundTrip, (const Bytes& bytes)) {
    RC_ASSERT(from_hex(to_hex(bytes)).value() == bytes);
}

RC_GTEST_PROP(Hex, AnyTextIsReadOrRefused, (const std::string& text)) {
    if (const auto bytes = from_hex(text)) RC_ASSERT(bytes->size() * 2 == text.size());
}

}  // namespace
}  // namespace dure
