#include "trainer/text/minhash.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <limits>
#include <random>
#include <string>

#include "trainer/text/normalize.h"

namespace dure::trainer {
namespace {

std::string sentences(std::uint64_t seed, std::size_t count) {
    std::mt19937_64 random(seed);
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
        for (int word = 0; word < 6; ++word) {
            for (std::uint64_t n = 2 + random() % 3; n > 0; --n) {
                const auto code = static_cast<std::uint32_t>(0xAC00 + random() % 2'000);
                text.push_back(static_cast<char>(0xE0 | code >> 12));
                text.push_back(static_cast<char>(0x80 | (code >> 6 & 0x3F)));
                text.push_back(static_cast<char>(0x80 | (code & 0x3F)));
            }
            text.push_back(word == 5 ? '\n' : ' ');
        }
    }
    return text;
}

/// Every n-th character of three bytes becomes another one.
std::string edited(std::string text, std::size_t n) {
    std::size_t count = 0;
    for (std::size_t i = 0; i + 2 < text.size(); ++i) {
        if (static_cast<unsigned char>(text[i]) < 0xE0) continue;
        if (++count % n == 0) text.replace(i, 3, "갸");
        i += 2;
    }
    return text;
}

TEST(MinHash, IsWhatTheProtocolPageSays) {
    std::ifstream file(DURE_VECTORS "/sketches.txt");
    ASSERT_TRUE(file);
    std::size_t cases = 0;
    for (std::string line; std::getline(file, line); ++cases) {
        const std::size_t tab = line.find('\t');
        const std::string text(boost::json::parse(line.substr(0, tab)).as_string());
        std::string entries;
        for (const std::uint32_t entry : sketch_of(text)) {
            char digits[9];
            std::snprintf(digits, sizeof digits, "%08x", entry);
            entries += digits;
        }
        EXPECT_EQ(entries, line.substr(tab + 1)) << text.substr(0, 80);
    }
    EXPECT_EQ(cases, 11U);
}

TEST(MinHash, SpacingPunctuationAndCaseMakeNoOtherText) {
    EXPECT_EQ(sketch_of("가는 말이 고와야 오는 말이 곱다.\n"),
              sketch_of("가는말이 고와야, 오는 말이 곱다!\n"));
    EXPECT_EQ(sketch_of("Dure IS a custom\n"), sketch_of("dure is\nA custom\n"));
    EXPECT_NE(sketch_of("가는 말이 고와야 오는 말이 곱다.\n"),
              sketch_of("가는 말이 고와야 오는 말도 곱다.\n"));
}

TEST(MinHash, LightEditsStayNearAndOtherTextsFar) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        const std::string text = sentences(seed, 400);
        const Sketch sketch = sketch_of(text);
        EXPECT_GE(equal_entries(sketch, sketch_of(edited(text, 50))), 85U);
        EXPECT_GE(equal_entries(sketch, sketch_of(edited(text, 20))), 60U);
        EXPECT_LE(equal_entries(sketch, sketch_of(sentences(seed + 100, 400))), 10U);
    }
}

TEST(MinHash, AnyBytesHaveASketch) {
    std::mt19937_64 random(3);
    for (std::size_t size = 0; size < 300; ++size) {
        std::string bytes(size, '\0');
        for (char& byte : bytes)
            byte = static_cast<char>(random());
        const Sketch sketch = sketch_of(bytes);
        EXPECT_EQ(sketch, sketch_of(bytes));
    }
    for (const std::uint32_t entry : sketch_of(" .\n"))
        EXPECT_EQ(entry, std::numeric_limits<std::uint32_t>::max());
}

TEST(MinHash, BytesAreLittleEndian) {
    Sketch sketch{};
    sketch[1] = 0x01020304;
    const auto bytes = sketch_bytes(sketch);
    EXPECT_EQ(bytes[4], 4);
    EXPECT_EQ(bytes[7], 1);
    EXPECT_EQ(bytes[8], 0);
}

}  // namespace
}  // namespace dure::trainer
