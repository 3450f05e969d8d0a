#include "base/bech32.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/support/any_value.h"

namespace dure {
namespace {

TEST(Bech32m, AcceptsTheValidStringsOfBip350) {
    for (const std::string_view text :
         {"A1LQFN3A", "a1lqfn3a",
          "an83characterlonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11sg7hg6",
          "abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx",
          "11llllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllludsr8",
          "split1checkupstagehandshakeupstreamerranterredcaperredlc445v", "?1v759aa"}) {
        EXPECT_TRUE(bech32m_decode_groups(text).has_value()) << text;
    }
}

TEST(Bech32m, RefusesTheInvalidStringsOfBip350) {
    for (const std::string_view text :
         {"\x20"
          "1xj0phk",
          "\x7f"
          "1g6xzxy",
          "\x80"
          "1vctc34",
          "an84characterslonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11d6pts4",
          "qyrz8wqd2c9m", "1qyrz8wqd2c9m", "y1b0jsk6g", "lt1igcx5c0", "in1muywd", "mm1crxm3i", "au1s5cgom",
          "M1VUXWEZ", "16plkw9", "1p2gdwpf"}) {
        const auto result = bech32m_decode_groups(text);
        ASSERT_FALSE(result.has_value()) << text;
        EXPECT_EQ(result.error().code, ErrorCode::malformed);
        EXPECT_FALSE(result.error().message.empty());
    }
}

struct Witness {
    const char* text;
    const char* script;
};

/// BIP350's segregated witness addresses of version 1 and above: the first group is the version, the others
/// its program.
TEST(Bech32m, DecodesTheAddressesOfBip350) {
    for (const Witness& witness :
         {Witness{"bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y",
                  "5128751e76e8199196d454941c45d1b3a323f1433bd6751e76e8199196d454941c45d1b3a323f1433bd6"},
          {"BC1SW50QGDZ25J", "6002751e"},
          {"bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs", "5210751e76e8199196d454941c45d1b3a323"},
          {"tb1pqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesf3hn0c",
           "5120000000c4a5cad46221b2a187905e5266362b99d5e91c6ce24d165dab93e86433"},
          {"bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
           "512079be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"}}) {
        const auto decoded = bech32m_decode_groups(witness.text);
        ASSERT_TRUE(decoded.has_value()) << witness.text;
        Bytes script{static_cast<std::uint8_t>(0x50 + decoded->values[0]), 0};
        unsigned buffer = 0;
        unsigned bits = 0;
        for (std::size_t i = 1; i < decoded->values.size(); ++i) {
            buffer = (buffer << 5 | decoded->values[i]) & 0xfff;
            bits += 5;
            if (bits < 8) continue;
            bits -= 8;
            script.push_back(static_cast<std::uint8_t>(buffer >> bits & 255));
        }
        script[1] = static_cast<std::uint8_t>(script.size() - 2);
        EXPECT_EQ(to_hex(script), witness.script);
    }
}

TEST(Bech32m, RefusesPlainBech32AndDamagedAddressesOfBip350) {
    for (const std::string_view text : {"BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
                                        "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7",
                                        "tb1qqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesrxh6hy",
                                        "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd",
                                        "tb1z0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqglt7rf",
                                        "BC1S0XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ54WELL",
                                        "bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4",
                                        "tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq47Zagq"}) {
        EXPECT_FALSE(bech32m_decode_groups(text).has_value()) << text;
    }
}

/// The strings come from an independent program that follows BIP350.
TEST(Bech32m, ReadsBytesInOneWayOnly) {
    const Bytes data = from_hex("f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9").value();
    const std::string text = "dure1lycg5qvjtrp3qjf5f7zl382j9x6nrjz9sdhenvyxq8c3808qxmusdnvmgs";
    EXPECT_EQ(bech32m_encode("dure", data), text);
    EXPECT_EQ(bech32m_decode("dure", text).value(), data);
    EXPECT_EQ(
        bech32m_decode("dure", "DURE1LYCG5QVJTRP3QJF5F7ZL382J9X6NRJZ9SDHENVYXQ8C3808QXMUSDNVMGS").value(),
        data);
    EXPECT_EQ(bech32m_decode("dure", "dure1mhuku0").value(), Bytes{});
    const auto expect_refused = [](std::string_view refused, std::string_view why) {
        const auto result = bech32m_decode("dure", refused);
        ASSERT_FALSE(result.has_value()) << refused;
        EXPECT_NE(result.error().message.find(why), std::string::npos) << result.error().message;
    };
    expect_refused("dure1lycg5qvjtrp3qjf5f7zl382j9x6nrjz9sdhenvyxq8c3808qxmu3s9cw4z", "padding");
    expect_refused("dure1lycg5qvjtrp3qjf5f7zl382j9x6nrjz9sdhenvyxq8c3808qxcqqqpdn9", "padding");
    expect_refused("dure1lycg5qvjtrp3qjf5f7zl382j9x6nrjz9sdhenvyxq8c3808qxmusc0uhdj", "checksum");
    expect_refused("bure1lycg5qvjtrp3qjf5f7zl382j9x6nrjz9sdhenvyxq8c3808qxmusgmf3r8", "expected 'dure1'");
}

RC_GTEST_PROP(Bech32m, AnyBytesRoundTrip, ()) {
    const Bytes data = *rc::gen::resize(48, rc::gen::container<Bytes>(*rc::gen::inRange<std::size_t>(0, 49),
                                                                      rc::gen::arbitrary<std::uint8_t>()));
    RC_ASSERT(bech32m_decode("dure", bech32m_encode("dure", data)).value() == data);
}

/// The code finds every error of up to four characters.
RC_GTEST_PROP(Bech32m, UpToFourMistypedCharactersAreFound, ()) {
    constexpr std::string_view k_alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    const Bytes data = *rc::gen::container<Bytes>(32, rc::gen::arbitrary<std::uint8_t>());
    const std::string text = bech32m_encode("dure", data);
    std::string altered = text;
    for (int errors = *rc::gen::inRange(1, 5); errors > 0; --errors) {
        altered[*rc::gen::inRange<std::size_t>(5, text.size())] =
            k_alphabet[*rc::gen::inRange<std::size_t>(0, 32)];
    }
    RC_PRE(altered != text);
    RC_ASSERT(!bech32m_decode("dure", altered).has_value());
}

RC_GTEST_PROP(Bech32m, AnyTextIsReadOrRefused, (const std::string& text)) {
    RC_ASSERT(!bech32m_decode("dure", "dure1" + text).has_value());
}

}  // namespace
}  // namespace dure
