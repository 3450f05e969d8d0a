// Draws: uniform, by weight, and the same for everybody who repeats them.
#include "ledger/draws/draw.h"

#include <gtest/gtest.h>

#include <array>

#include "tests/ledger/harness.h"

namespace dure::ledger::testing {
namespace {

/// Block i of a stream by its definition.
Hash block_of(const Hash& stream, std::uint64_t i) {
    static const TaggedHash hash("dure/draw");
    return hash({stream.bytes, encode(i)});
}

Uint128 number_at(const Hash& stream, std::uint64_t i) {
    const Hash block = block_of(stream, i / 2);
    Uint128 number = 0;
    for (std::size_t byte = 0; byte < 16; ++byte) {
        number |= static_cast<Uint128>(block.bytes[i % 2 * 16 + byte]) << (8 * byte);
    }
    return number;
}

TEST(Draws, FollowTheirDefinition) {
    const Hash stream = hash_of("stream");
    for (const Uint128 bound : {Uint128{1}, Uint128{2}, Uint128{3}, Uint128{100}, Uint128{1} << 64,
                                (Uint128{1} << 100) + 1, ~Uint128{0}}) {
        Draw draw(stream);
        std::uint64_t next = 0;
        Uint128 mask = 1;
        while (mask < bound - 1 && mask != ~Uint128{0})
            mask = mask << 1 | 1;
        if (bound == 1) mask = 0;
        for (int i = 0; i < 50; ++i) {
            Uint128 expected = number_at(stream, next++) & mask;
            while (expected >= bound)
                expected = number_at(stream, next++) & mask;
            ASSERT_TRUE(draw.below(bound) == expected);
        }
    }
}

TEST(Draws, HaveGoldenNumbers) {
    Hash stream;
    for (std::size_t i = 0; i < 32; ++i)
        stream.bytes[i] = static_cast<std::uint8_t>(i);
    Draw draw(stream);
    std::string drawn;
    for (int i = 0; i < 8; ++i)
        drawn += to_text(draw.below(1'000)) + " ";
    EXPECT_EQ(drawn, "129 839 414 415 488 424 711 874 ");
}

TEST(Draws, AreUniform) {
    Draw draw(hash_of("uniform"));
    std::array<int, 7> counts{};
    for (int i = 0; i < 70'000; ++i)
        ++counts[static_cast<std::size_t>(draw.below(7))];
    for (const int count : counts)
        EXPECT_NEAR(count, 10'000, 400);
}

TEST(Lots, FallByWeight) {
    Draw draw(hash_of("lots"));
    const std::vector<Candidate> candidates{
        {account_of(0), Shares{1}}, {account_of(1), Shares{0}}, {account_of(2), Shares{3}}};
    int heavy = 0;
    for (int i = 0; i < 20'000; ++i) {
        const auto drawn = draw_one(draw, candidates);
        ASSERT_TRUE(drawn.has_value());
        ASSERT_NE(drawn->account, account_of(1));
        heavy += drawn->account == account_of(2) ? 1 : 0;
    }
    EXPECT_NEAR(heavy, 15'000, 300);
    EXPECT_FALSE(draw_one(draw, {}).has_value());
    EXPECT_EQ(draw_several(draw, candidates, 5).size(), 2U);
}

}  // namespace
}  // namespace dure::ledger::testing
