// A hundred thousand credentials with something wrong in them, from the header to the book: none is served, none
// crashes anything. tests/tools/payment_sessions_test.cpp sends some of the like to a whole node.
#include <gtest/gtest.h>

#include <random>

#include "node/api/challenge_mint.h"
#include "node/api/payment.h"
#include "node/roles/channel_book.h"
#include "tests/support/scale.h"

namespace dure::node {
namespace {

constexpr std::int64_t k_fuzz_now = 1'795'000'000;
constexpr std::size_t k_credentials = 100'000;
const Coin k_cost{1'000};

class PaymentFuzz : public testing::Test {
  protected:
    PaymentFuzz() : mint_(ChallengeMint::Key{7}, "dure", 600), book_(chain_, server_.account()) {
        record_.payer = payer_.account();
        record_.server = server_.account();
        record_.deposit = Coin{10'000'000};
    }

    std::string credential(Coin cumulative) const {
        const SessionTerms terms{chain_, server_.account(), Coin{1}, Coin{2}, k_cost, k_cost, Coin{1}};
        PaymentCredential made;
        made.challenge = mint_.issue(k_intent_session, encode_terms(terms), body_digest(body_), k_fuzz_now);
        made.payload = VoucherPayload{channel_, cumulative,
                                      payer_.sign(ledger::voucher_digest(chain_, channel_, cumulative))};
        return encode_credential(made);
    }

    /// Whether a call with this header would be answered.
    bool serves(const std::string& header) {
        const auto shown = decode_credential(header);
        if (!shown || mint_.check(shown->challenge, k_fuzz_now)) return false;
        if (!shown->challenge.digest.empty() && shown->challenge.digest != body_digest(body_)) return false;
        const auto* voucher = std::get_if<VoucherPayload>(&shown->payload);
        if (voucher == nullptr) return false;
        const auto known = voucher->channel == channel_ ? std::optional(record_) : std::nullopt;
        const auto admitted =
            book_.admit({voucher->channel, voucher->cumulative, voucher->signature}, known, k_cost, k_cost);
        return std::holds_alternative<ChannelBook::Reservation>(admitted);
    }

    const Hash chain_ = sha256(as_bytes("a chain"));
    const Hash channel_ = sha256(as_bytes("a channel"));
    const std::string body_ = R"({"prompt":"a"})";
    const SecretKey payer_ = SecretKey::from_seed("payer");
    const SecretKey server_ = SecretKey::from_seed("server");
    ledger::ChannelRecord record_;
    ChallengeMint mint_;
    ChannelBook book_;
};

std::string mutated(const std::string& good, std::mt19937_64& random) {
    const std::size_t scheme = std::string_view("Payment ").size();
    const bool inside = random() % 4 != 0;
    std::string text = inside ? *base64url_decode(std::string_view(good).substr(scheme)) : good;
    for (auto changes = 1 + random() % 3; changes > 0; --changes) {
        const std::size_t at = random() % text.size();
        switch (random() % 5) {
            case 0:
                text[at] = static_cast<char>(static_cast<unsigned char>(text[at]) ^ (1U << random() % 8));
                break;
            case 1:
                text[at] = "0123456789abcdef"[random() % 16];
                break;
            case 2:
                text.erase(at, 1 + random() % 4);
                break;
            case 3:
                text.insert(at, text.substr(random() % text.size(), random() % 40));
                break;
            default:
                text.insert(at, 1, static_cast<char>(random() % 256));
                break;
        }
        if (text.empty()) text = "P";
    }
    return inside ? good.substr(0, scheme) + base64url_encode(text) : text;
}

TEST_F(PaymentFuzz, NoMutatedCredentialIsServed) {
    const std::string good = credential(Coin{5'000'000});
    const PaymentCredential meant = *decode_credential(good);
    std::mt19937_64 random(1);
    for (std::size_t i = 0; i < k_credentials * test::scale();) {
        const std::string header = mutated(good, random);
        if (const auto same = decode_credential(header); same && *same == meant) continue;  // says the same
        ++i;
        ASSERT_FALSE(serves(header)) << header;
    }
    EXPECT_TRUE(book_.accounts().empty());
    EXPECT_TRUE(serves(good));
    EXPECT_FALSE(serves(good)) << "twice";
}

}  // namespace
}  // namespace dure::node
