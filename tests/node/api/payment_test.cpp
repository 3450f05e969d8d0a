#include "node/api/payment.h"

#include <gtest/gtest.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <random>

#include "node/api/canonical_json.h"
#include "node/api/challenge_mint.h"
#include "tests/node/storage/temporary_directory.h"

namespace dure::node {
namespace {

constexpr std::int64_t k_now = 1'795'000'000;

ChallengeMint mint() {
    ChallengeMint::Key key{};
    key[0] = 7;
    return ChallengeMint(key, "dure", 600);
}

SessionTerms some_terms() {
    return {sha256(as_bytes("chain")),
            SecretKey::from_seed("server").account(),
            Coin{20},
            Coin{60},
            Coin{400},
            Coin{12'345},
            Coin{1'000'000}};
}

PaymentCredential some_credential(std::uint64_t seed) {
    const Hash channel = sha256(as_bytes("channel " + std::to_string(seed)));
    const Coin cumulative{seed * 1'000'003 % k_max_supply};
    const Signature signature = SecretKey::from_seed("payer").sign(channel);
    const Bytes transaction = random_bytes(seed * 7 % 300);
    PaymentCredential credential;
    const bool charge = seed % 5 == 4;
    credential.challenge = mint().issue(charge ? k_intent_charge : k_intent_session,
                                        encode_terms(some_terms()), body_digest("{}"), k_now);
    if (seed % 2 == 0) credential.source = SecretKey::from_seed("payer").account();
    switch (seed % 5) {
        case 0:
            credential.payload = VoucherPayload{channel, cumulative, signature};
            break;
        case 1:
            credential.payload = OpenPayload{transaction, cumulative, signature};
            break;
        case 2:
            credential.payload = TopUpPayload{channel, transaction};
            break;
        case 3:
            credential.payload = ClosePayload{channel, cumulative, signature};
            break;
        default:
            credential.payload = ChargePayload{transaction};
            break;
    }
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
    EXPECT_EQ(base64_encode(as_bytes("foob")), "Zm9vYg==");
    for (const char* wrong : {"Zg==", "Z", "Zh", "Zm9", "Zm 9", "Zm+9", "Zm/9"})
        EXPECT_FALSE(base64url_decode(wrong)) << wrong;
}

TEST(CanonicalJson, SortsNamesAtEveryDepth) {
    const auto value = boost::json::parse(R"({"b":[{"z":1,"a":null}],"a":"x\"\u0001","aa":true})");
    EXPECT_EQ(canonical_json(value), R"({"a":"x\"\u0001","aa":true,"b":[{"a":null,"z":1}]})");
}

TEST(BodyDigest, IsThatOfRfc9530) {
    EXPECT_EQ(body_digest(R"({"hello": "world"})"), "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:");
}

TEST(Rfc3339, AgreesWithKnownTimes) {
    EXPECT_EQ(rfc3339(0), "1970-01-01T00:00:00Z");
    EXPECT_EQ(rfc3339(951'782'400), "2000-02-29T00:00:00Z");
    EXPECT_EQ(rfc3339(1'735'689'599), "2024-12-31T23:59:59Z");
    EXPECT_EQ(*parse_rfc3339("2024-12-31T23:59:59.123Z"), 1'735'689'599);
    EXPECT_EQ(*parse_rfc3339("2025-01-01T08:59:59+09:00"), 1'735'689'599);
    std::mt19937_64 random(1);
    for (int i = 0; i < 10'000; ++i) {
        const auto when = static_cast<std::int64_t>(random() % 253'402'300'800ULL);
        EXPECT_EQ(*parse_rfc3339(rfc3339(when)), when);
    }
    for (const char* wrong : {"", "2024-12-31", "2024-12-31T23:59:59", "2024-13-01T00:00:00Z",
                              "2024-12-31T24:00:00Z", "2024-12-31T23:59:59+9:00", "x024-12-31T23:59:59Z"})
        EXPECT_FALSE(parse_rfc3339(wrong)) << wrong;
}

TEST(Payment, ChallengesCredentialsAndReceiptsComeBackAsTheyWere) {
    const PaymentChallenge challenge =
        mint().issue(k_intent_session, encode_terms(some_terms()), body_digest("{}"), k_now);
    const std::string header = encode_challenge(challenge);
    EXPECT_TRUE(header.starts_with("Payment id=\""));
    ASSERT_TRUE(decode_challenge(header));
    EXPECT_EQ(*decode_challenge(header), challenge);
    ASSERT_TRUE(session_terms(challenge));
    EXPECT_EQ(*session_terms(challenge), some_terms());
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        const PaymentCredential credential = some_credential(seed);
        const auto back = decode_credential(encode_credential(credential));
        ASSERT_TRUE(back) << back.error().message;
        EXPECT_EQ(*back, credential);
    }
    PaymentReceipt receipt{k_intent_session,
                           challenge.id,
                           rfc3339(k_now),
                           sha256(as_bytes("c")),
                           Coin{5},
                           Coin{15},
                           Coin{40},
                           3,
                           9,
                           std::nullopt,
                           ""};
    EXPECT_EQ(*decode_receipt(encode_receipt(receipt)), receipt);
    receipt.transaction = sha256(as_bytes("t"));
    receipt.inference_receipt = "abc";
    EXPECT_EQ(*decode_receipt(encode_receipt(receipt)), receipt);
}

TEST(Payment, AChallengeIsFoundAmongOthers) {
    const PaymentChallenge session = mint().issue(k_intent_session, encode_terms(some_terms()), "", k_now);
    const ChargeTerms price{sha256(as_bytes("chain")), SecretKey::from_seed("server").account(), Coin{9}};
    const PaymentChallenge charge = mint().issue(k_intent_charge, encode_terms(price), "", k_now);
    const std::string joined =
        "Bearer realm=\"a, Payment b=\\\"c\", Negotiate, payment method=card, "
        "intent=\"charge\", id=x, realm=y, request=e30, extra=\"1\", " +
        encode_challenge(session) + " , " + encode_challenge(charge);
    ASSERT_TRUE(decode_challenges(joined)) << decode_challenges(joined).error().message;
    EXPECT_EQ(decode_challenges(joined)->size(), 3U);
    EXPECT_EQ(*find_challenge({joined}, k_intent_charge), charge);
    EXPECT_EQ(*find_challenge({encode_challenge(charge), encode_challenge(session)}, k_intent_session),
              session);
    EXPECT_EQ(*charge_terms(charge), price);
    EXPECT_FALSE(session_terms(charge));
    const auto none = find_challenge(
        {"Payment id=\"1\", realm=\"x\", method=\"card\", intent=\"charge\", request=\"e30\""}, "session");
    ASSERT_FALSE(none);
    EXPECT_NE(none.error().message.find("card"), std::string::npos);
}

TEST(Payment, OtherSchemesAndBrokenOnesAreErrors) {
    for (const char* wrong :
         {"Basic realm=\"x\"", "Payment",
          "Payment id=\"\", realm=\"x\", method=\"dure\", intent=\"session\", request=\"e30\"",
          "Payment id=\"1", "Payment id=\"1\", id=\"2\"", "Payment =1", "id=\"1\", realm=\"x\""})
        EXPECT_FALSE(decode_challenge(wrong)) << wrong;
    EXPECT_FALSE(is_payment("Bearer abc"));
    EXPECT_TRUE(is_payment("payment abc"));
    EXPECT_FALSE(decode_credential("Bearer abc"));
    EXPECT_FALSE(decode_credential("Payment " + base64url_encode("[]")));
    EXPECT_FALSE(decode_credential("Payment " + base64url_encode("{}")));
    EXPECT_FALSE(decode_credential("Payment " + std::string(10'000, 'A')));
}

TEST(ChallengeMint, KnowsItsOwnAndNothingElse) {
    const PaymentChallenge own =
        mint().issue(k_intent_session, encode_terms(some_terms()), body_digest("{}"), k_now);
    EXPECT_EQ(mint().check(own, k_now), std::nullopt);
    EXPECT_EQ(mint().check(own, k_now + 600), std::nullopt);
    EXPECT_EQ(mint().check(own, k_now + 601), ChallengeFault::expired);
    const ChallengeMint::Key other{};
    EXPECT_EQ(ChallengeMint(other, "dure", 600).check(own, k_now), ChallengeFault::foreign);
    for (std::string PaymentChallenge::*field :
         {&PaymentChallenge::id, &PaymentChallenge::realm, &PaymentChallenge::method,
          &PaymentChallenge::intent, &PaymentChallenge::request, &PaymentChallenge::expires,
          &PaymentChallenge::digest}) {
        PaymentChallenge changed = own;
        (changed.*field).back() = (changed.*field).back() == 'A' ? 'B' : 'A';
        EXPECT_EQ(mint().check(changed, k_now), ChallengeFault::foreign);
        (changed.*field).clear();
        EXPECT_EQ(mint().check(changed, k_now), ChallengeFault::foreign);
    }
    // What stands in one slot cannot be told as standing in another.
    PaymentChallenge shifted = own;
    shifted.expires = own.expires + "|" + own.digest;
    shifted.digest.clear();
    EXPECT_EQ(mint().check(shifted, k_now), ChallengeFault::foreign);
}

TEST(ChallengeMint, TheIdIsTheHmacThatTheSchemeRecommends) {
    // Computed with Python's hmac over "dure|dure|session|e30|2026-11-22T12:00:00Z||", key of 32 bytes of 'k'.
    ChallengeMint::Key key{};
    key.fill('k');
    const auto when = parse_rfc3339("2026-11-22T12:00:00Z");
    const PaymentChallenge challenge = ChallengeMint(key, "dure", 0).issue("session", "e30", "", *when);
    EXPECT_EQ(challenge.expires, "2026-11-22T12:00:00Z");
    EXPECT_EQ(challenge.id, "kF51YrPht8OfKLGO_OL2JnU4kfhFnOOQkadeovoOeYU");
}

TEST(ChallengeMint, ItsKeyOutlivesARestart) {
    const test::TemporaryDirectory folder;
    const auto file = folder.path() / "challenge.key";
    const auto first = ChallengeMint::open_key(file);
    ASSERT_TRUE(first) << first.error().message;
    EXPECT_EQ(*ChallengeMint::open_key(file), *first);
    std::filesystem::resize_file(file, 31);
    EXPECT_FALSE(ChallengeMint::open_key(file));
}

TEST(Payment, MutatedCredentialsNeverCrash) {
    std::mt19937 random(1);
    const std::string good = encode_credential(some_credential(3));
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
