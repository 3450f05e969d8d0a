#include "base/codec.h"

#include <gtest/gtest.h>

#include "base/hash.h"
#include "tests/support/codec_laws.h"

namespace dure {
namespace {

enum class Color : std::uint8_t { red, green, blue };
constexpr Color last_enumerator(Color) {
    return Color::blue;
}

struct Nothing {
    static constexpr auto fields() { return std::tuple(); }
    friend bool operator==(const Nothing&, const Nothing&) = default;
};

struct Point {
    std::uint16_t x = 0;
    std::uint32_t y = 0;
    static constexpr auto fields() { return std::tuple(&Point::x, &Point::y); }
    friend bool operator==(const Point&, const Point&) = default;
};

/// One field of every kind that the codec knows.
struct Everything {
    bool flag = false;
    std::uint8_t u8 = 0;
    std::uint16_t u16 = 0;
    std::uint32_t u32 = 0;
    std::uint64_t u64 = 0;
    Color color = Color::red;
    std::array<std::uint8_t, 3> array{};
    BoundedBytes<5> bytes;
    BoundedString<6> text;
    BoundedList<Point, 4> points;
    BoundedList<BoundedString<2>, 3> words;
    std::optional<Point> maybe;
    std::variant<Nothing, Point, std::optional<bool>> choice;

    static constexpr auto fields() {
        using T = Everything;
        return std::tuple(&T::flag, &T::u8, &T::u16, &T::u32, &T::u64, &T::color, &T::array, &T::bytes,
                          &T::text, &T::points, &T::words, &T::maybe, &T::choice);
    }
    friend bool operator==(const Everything&, const Everything&) = default;
};

template <class T>
std::string hex(const T& value) {
    return to_hex(encode(value));
}

template <class T>
Result<T> from(std::string_view text) {
    return decode<T>(from_hex(text).value());
}

template <class T>
void expect_malformed(std::string_view text, std::string_view why) {
    const auto result = from<T>(text);
    ASSERT_FALSE(result.has_value()) << text;
    EXPECT_EQ(result.error().code, ErrorCode::malformed);
    EXPECT_NE(result.error().message.find(why), std::string::npos) << result.error().message;
}

TEST(Codec, EncodesEachKindAsItsDocumentSays) {
    EXPECT_EQ(hex(true), "01");
    EXPECT_EQ(hex(std::uint8_t{0xab}), "ab");
    EXPECT_EQ(hex(std::uint16_t{0x0102}), "0201");
    EXPECT_EQ(hex(std::uint32_t{0x01020304}), "04030201");
    EXPECT_EQ(hex(std::uint64_t{0x0102030405060708}), "0807060504030201");
    EXPECT_EQ(hex(Color::blue), "02");
    EXPECT_EQ(hex(std::array<std::uint8_t, 3>{1, 2, 3}), "010203");
    EXPECT_EQ(hex(BoundedBytes<5>{1, 2}), "020000000102");
    EXPECT_EQ(hex(BoundedString<6>("두레")), "06000000eb9190eba088");
    EXPECT_EQ(hex(BoundedList<Point, 4>{{1, 2}, {3, 4}}),
              "02000000"
              "010002000000"
              "030004000000");
    EXPECT_EQ(hex(std::optional<std::uint8_t>()), "00");
    EXPECT_EQ(hex(std::optional<std::uint8_t>(7)), "0107");
    EXPECT_EQ(hex(std::variant<Nothing, Point>(Nothing{})), "00");
    EXPECT_EQ(hex(std::variant<Nothing, Point>(Point{1, 2})), "01010002000000");
    EXPECT_EQ(hex(Nothing{}), "");
}

TEST(Codec, RefusesASecondFormOfTheSameValue) {
    expect_malformed<bool>("02", "boolean");
    expect_malformed<bool>("ff", "boolean");
    expect_malformed<Color>("03", "enumerator");
    expect_malformed<std::optional<std::uint8_t>>("0207", "optional");
    expect_malformed<std::variant<Nothing, Point>>("02", "tag");
    expect_malformed<std::uint16_t>("020100", "left over");
}

TEST(Codec, RefusesInputThatEndsEarly) {
    expect_malformed<std::uint16_t>("02", "ends early");
    expect_malformed<std::uint8_t>("", "ends early");
    expect_malformed<BoundedBytes<5>>("0200000001", "ends early");
    expect_malformed<Point>("0100020000", "ends early at byte 2 of 5");
}

TEST(Codec, BoundsHoldBeforeAnythingIsAllocated) {
    EXPECT_TRUE(from<BoundedBytes<5>>("050000000102030405").has_value());
    expect_malformed<BoundedBytes<5>>("06000000010203040506", "longer than its bound");
    expect_malformed<BoundedString<6>>("ffffffff", "longer than its bound");
    expect_malformed<BoundedList<Point, 4>>("05000000", "longer than its bound");
    using Huge = BoundedList<std::array<std::uint8_t, 1024>, 0xffffffff>;
    expect_malformed<Huge>("ffffffff", "more elements than bytes");
    expect_malformed<Huge>("ffffffff00", "more elements than bytes");
    using Empties = BoundedList<Nothing, 0xffffffff>;
    expect_malformed<Empties>("ffffffff", "more elements than bytes");
}

TEST(CodecDeathTest, AValueBeyondItsBoundIsABrokenInvariant) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_DEATH(encode(BoundedBytes<2>{1, 2, 3}), "invariant broken");
}

TEST(Codec, AFailureIsReportedOnce) {
    const Bytes bytes{1};
    Reader reader(bytes);
    std::uint16_t two = 0;
    std::uint8_t one = 0;
    EXPECT_FALSE(reader.number(two));
    EXPECT_FALSE(reader.number(one)) << "after a failure nothing is read";
    EXPECT_TRUE(reader.failed());
    EXPECT_EQ(reader.failure().message, "input ends early at byte 0 of 1");
}

TEST(Codec, ItsLawsHoldForEachKind) {
    test::check_codec_laws<bool>();
    test::check_codec_laws<std::uint16_t>();
    test::check_codec_laws<std::uint64_t>();
    test::check_codec_laws<Color>();
    test::check_codec_laws<BoundedBytes<5>>();
    test::check_codec_laws<BoundedString<6>>();
    test::check_codec_laws<BoundedList<Point, 4>>();
    test::check_codec_laws<std::variant<Nothing, Point, std::optional<bool>>>();
    test::check_codec_laws<Everything>();
    test::check_codec_laws<Hash>();
}

}  // namespace
}  // namespace dure
