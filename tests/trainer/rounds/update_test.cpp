#include "trainer/rounds/update.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "tests/trainer/support.h"

namespace dure::trainer {
namespace {

using testing::Numbers;

constexpr std::uint32_t k_block = 64;

std::vector<float> dequantized(const Update& update) {
    std::vector<float> out(static_cast<std::size_t>(update.count()));
    update.dequantize(out);
    return out;
}

// The update from `difference` to nothing.
Update quantized(const std::vector<float>& difference, std::uint32_t block = k_block) {
    return Update::quantize(difference, std::vector<float>(difference.size(), 0.0F), block);
}

Update sample(std::size_t count, std::uint64_t seed) {
    Numbers numbers(seed);
    std::vector<float> difference(count);
    for (float& d : difference)
        d = numbers.unit();
    return quantized(difference);
}

TEST(Update, RoundTripsAndStaysWithinHalfALevel) {
    const bool holds = rc::check("decode(encode(u)) == u, |u - x| <= scale / 2", [] {
        const auto count = *rc::gen::inRange<std::size_t>(1, 400);
        const auto block = *rc::gen::element<std::uint32_t>(64, 128, 256);
        const auto exponent = *rc::gen::inRange(-40, 40);
        Numbers numbers(*rc::gen::arbitrary<std::uint32_t>());
        std::vector<float> base(count);
        std::vector<float> result(count);
        for (std::size_t i = 0; i < count; ++i) {
            base[i] = std::ldexp(numbers.unit(), exponent);
            result[i] = numbers.below(4) == 0 ? base[i] : std::ldexp(numbers.unit(), exponent);
        }
        const Update update = Update::quantize(base, result, block);
        const Bytes bytes = update.encode();
        const auto decoded = Update::decode(bytes, count, block);
        RC_ASSERT(decoded.has_value());
        RC_ASSERT(*decoded == update);
        RC_ASSERT(decoded->encode() == bytes);
        const auto values = dequantized(update);
        for (std::size_t begin = 0; begin < count; begin += block) {
            const std::size_t end = std::min(begin + block, count);
            float most = 0;
            for (std::size_t i = begin; i < end; ++i)
                most = std::max(most, std::fabs(base[i] - result[i]));
            for (std::size_t i = begin; i < end; ++i) {
                RC_ASSERT(std::fabs(values[i] - (base[i] - result[i])) <= most / 14 * 1.0001F);
            }
        }
    });
    EXPECT_TRUE(holds);
}

TEST(Update, TakesAtMostSixTenthsOfAByteAParameter) {
    EXPECT_LE(static_cast<double>(sample(1 << 16, 1).encode().size()) / (1 << 16), 0.6);
}

TEST(Update, TiesGoToTheEvenLevel) {
    // Scale 1: 0.5 -> 0, 1.5 -> 2, 2.5 -> 2, -0.5 -> 0, -3.5 -> -4.
    const auto values = dequantized(quantized({7.0F, 0.5F, 1.5F, 2.5F, -0.5F, -3.5F, 6.5F}));
    EXPECT_EQ(values, (std::vector<float>{7, 0, 2, 2, 0, -4, 6}));
}

TEST(Update, ABlockOfZerosAndOneOfTheSmallestNumbersHaveScaleZero) {
    const float smallest = std::numeric_limits<float>::denorm_min();
    for (const float x : {0.0F, -0.0F, smallest, 3 * smallest}) {
        const Update update = quantized({x, -x, x});
        EXPECT_EQ(dequantized(update), (std::vector<float>{0, 0, 0}));
        EXPECT_TRUE(Update::decode(update.encode(), 3, k_block));
    }
    EXPECT_NE(dequantized(quantized({7 * smallest})), std::vector<float>{0});
}

TEST(Update, OfTheLargestDifferencesStaysFinite) {
    const float most = std::numeric_limits<float>::max();
    const Update update = Update::quantize(std::vector<float>{most, -most, 1.0F},
                                           std::vector<float>{-most, most, 1.0F}, k_block);
    for (const float value : dequantized(update))
        EXPECT_TRUE(std::isfinite(value));
    EXPECT_TRUE(Update::decode(update.encode(), 3, k_block));
}

// The encoding with its first scale replaced.
Bytes with_scale(const Update& update, std::uint32_t bits) {
    Bytes bytes = update.encode();
    std::memcpy(bytes.data() + 1, &bits, sizeof bits);
    return bytes;
}

TEST(Update, RefusesScalesThatAreNoProperNumber) {
    const Update update = sample(64, 2);
    for (const std::uint32_t bits :
         {0x7F800000U, 0x7FC00000U, 0xFF800000U, 0x80000000U, 0xBF800000U, 0x7D800001U, 0U}) {
        const auto decoded = Update::decode(with_scale(update, bits), 64, k_block);
        ASSERT_FALSE(decoded) << std::hex << bits;
        EXPECT_EQ(decoded.error().code, ErrorCode::invalid);
    }
    EXPECT_TRUE(Update::decode(with_scale(update, 0x7D800000U), 64, k_block));
}

TEST(Update, RefusesAnyOtherLengthFormOrUnusedCode) {
    const Bytes bytes = sample(65, 3).encode();
    for (std::size_t length = 0; length < bytes.size(); ++length) {
        EXPECT_FALSE(Update::decode(ByteView(bytes).first(length), 65, k_block));
    }
    Bytes other = bytes;
    other.push_back(0);
    EXPECT_FALSE(Update::decode(other, 65, k_block));
    EXPECT_FALSE(Update::decode(bytes, 64, k_block));
    EXPECT_FALSE(Update::decode(bytes, 65, 128));
    other = bytes;
    other[0] = 2;
    EXPECT_FALSE(Update::decode(other, 65, k_block));
    other = bytes;
    other[1 + 8] = static_cast<std::uint8_t>(other[1 + 8] & 0xF0U);
    EXPECT_FALSE(Update::decode(other, 65, k_block));
    other = bytes;
    other.back() = static_cast<std::uint8_t>(other.back() | 0x80U);
    EXPECT_FALSE(Update::decode(other, 65, k_block));
}

TEST(Update, DecodingDamagedBytesIsAnErrorOrReencodesToThem) {
    const Bytes bytes = sample(333, 4).encode();
    Numbers numbers(5);
    for (int i = 0; i < 5000; ++i) {
        Bytes damaged = bytes;
        for (std::uint32_t n = numbers.below(3) + 1; n > 0; --n) {
            damaged[numbers.below(static_cast<std::uint32_t>(damaged.size()))] =
                static_cast<std::uint8_t>(numbers.next());
        }
        const auto decoded = Update::decode(damaged, 333, k_block);
        if (!decoded) continue;
        EXPECT_EQ(decoded->encode(), damaged);
        for (const float value : dequantized(*decoded))
            EXPECT_TRUE(std::isfinite(value));
    }
}

TEST(Update, OfANullUnitIsItsStep) {
    const Update update = Update::null(100, 9);
    const auto decoded = Update::decode(update.encode(), 100, k_block);
    ASSERT_TRUE(decoded);
    EXPECT_TRUE(decoded->is_null());
    EXPECT_EQ(decoded->null_step(), 9U);
    EXPECT_EQ(decoded->encode(), update.encode());
    EXPECT_EQ(dequantized(*decoded), std::vector<float>(100, 0.0F));
    const Bytes bytes = update.encode();
    EXPECT_FALSE(Update::decode(ByteView(bytes).first(bytes.size() - 1), 100, k_block));
    Bytes longer = bytes;
    longer.push_back(0);
    EXPECT_FALSE(Update::decode(longer, 100, k_block));
    EXPECT_FALSE(Update::decode(Bytes{1, 0, 0, 0, 0}, 100, k_block));
}

}  // namespace
}  // namespace dure::trainer
