#include "node/api/payment.h"

#include <gtest/gtest.h>

#include <random>

namespace dure::node {
namespace {

PaymentCredential some_credential(std::uint64_t seed) {
    PaymentCredential credential;
    credential.channel = sha256(as_bytes("channel " + std::to_string(seed)));
    credential.cumulative = Coin{seed * 1'000'003 % k_max_supply};
    credential.signature = SecretKey::from_seed("payer").sign(credential.channel);
    return credential;
}

TEST(Base64Url, AgreesWithRfc4648) {
    const std::pair<const char*, const char*> vectors[] = {
        {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},         {"foo", "Zm9v"},
        {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, encoded] : vectors) {
        EXPECT_EQ(base64url_encode(plain), encoded);
        ASSERT_TRUE(base64url_decode(encoded));
        EXPECT_EQ(*base64url_decode(encoded), plain);
    }
    EXPECT_EQ(base64url_encode("\xfb\xff"), "-_8");
    for (const char* wrong : {"Zg==", "Z", "Zh", "Zm9", "Zm 9", "Zm+9", "Zm/9"})
        EXPECT_FALSE(base64url_decode(wrong)) << wrong;
}

TEST(Payment, ChallengesCredentialsAndReceiptsComeBackAsTheyWere) {
    const PaymentChallenge challenge{sha256(as_bytes("chain")), SecretKey::from_seed("server").account(),
                                     Coin{20}, Coin{60}, Coin{12'345}};
    const std::string header = encode_challenge(challenge, "dure");
    EXPECT_TRUE(
        header.starts_with("Payment realm=\"dure\", method=\"dure\", intent=\"session\", request=\""));
    ASSERT_TRUE(decode_challenge(header));
    EXPECT_EQ(*decode_challenge(header), challenge);
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        const PaymentCredential credential = some_credential(seed);
        const auto back = decode_credential(encode_credential(credential));
        ASSERT_TRUE(back) << back.error().message;
        EXPECT_EQ(*back, credential);
    }
    const PaymentReceipt receipt{sha256(as_bytes("c")), Coin{5}, Coin{15}, Coin{40}, 3, 9};
    ASSERT_TRUE(decode_receipt(encode_receipt(receipt)));
    EXPECT_EQ(*decode_receipt(encode_receipt(receipt)), receipt);
}

TEST(Payment, AnotherMethodOrSchemeIsAnErrorThatSaysSo) {
    EXPECT_FALSE(decode_challenge("Basic realm=\"x\""));
    const auto other =
        decode_challenge("Payment realm=\"x\", method=\"card\", intent=\"charge\", request=\"e30\"");
    ASSERT_FALSE(other);
    EXPECT_NE(other.error().message.find("card"), std::string::npos);
    EXPECT_FALSE(decode_credential("Bearer abc"));
    EXPECT_FALSE(decode_credential("Payment " + base64url_encode("[]")));
    EXPECT_FALSE(decode_credential("Payment " + base64url_encode("{}")));
    EXPECT_FALSE(decode_credential("Payment " + std::string(10'000, 'A')));
}

TEST(Payment, MutatedCredentialsNeverCrashAndNeverBecomeAnotherValidEncodingOfTheSame) {
    std::mt19937 random(1);
    const PaymentCredential credential = some_credential(3);
    const std::string good = encode_credential(credential);
    for (int i = 0; i < 20'000; ++i) {
        std::string mutated = good;
        for (auto changes = 1 + random() % 3; changes > 0; --changes) {
            const std::size_t at = random() % mutated.size();
            switch (random() % 3) {
                case 0:
                    mutated[at] = static_cast<char>(random() % 256);
                    break;
                case 1:
                    mutated.erase(at, 1 + random() % 4);
                    break;
                default:
                    mutated.insert(at, 1, static_cast<char>(random() % 128));
                    break;
            }
            if (mutated.empty()) mutated = "P";
        }
        static_cast<void>(decode_credential(mutated));
    }
}

}  // namespace
}  // namespace dure::node
