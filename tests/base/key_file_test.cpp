#include "base/key_file.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/support/codec_laws.h"

namespace dure {
namespace {

/// Cheap, so that tests can lock many keys.
constexpr ScryptCost k_cheap{.log_n = 10, .r = 1, .p = 1};
constexpr KeyFileSalt k_salt{1, 2, 3};
constexpr KeyFileNonce k_nonce{4, 5, 6};

KeyFile locked(const SecretKey& key, std::string_view password) {
    return lock_key(key, password, k_salt, k_nonce, k_cheap).value();
}

TEST(KeyFile, IsUnlockedByItsPasswordOnly) {
    const SecretKey key = SecretKey::from_seed("alice");
    const KeyFile file = locked(key, "correct horse");
    EXPECT_TRUE(file.needs_password());
    EXPECT_EQ(file.account, key.account());
    EXPECT_EQ(unlock_key(file, "correct horse").value().secret_bytes(), key.secret_bytes());
    for (const char* wrong : {"", "correct hors", "correct horse ", "Correct horse", "battery staple"}) {
        const auto result = unlock_key(file, wrong);
        ASSERT_FALSE(result.has_value()) << wrong;
        EXPECT_EQ(result.error().code, ErrorCode::unauthorized);
        EXPECT_NE(result.error().message.find("password"), std::string::npos);
        EXPECT_NE(result.error().message.find(key.account().address()), std::string::npos);
    }
}

TEST(KeyFile, PasswordsAreBytesOfAnyKind) {
    const SecretKey key = SecretKey::from_seed("alice");
    for (const std::string_view password : {std::string_view("비밀번호"), std::string_view("a\0b", 3)}) {
        EXPECT_TRUE(unlock_key(locked(key, password), password).has_value());
    }
    EXPECT_FALSE(unlock_key(locked(key, std::string_view("a\0b", 3)), "a").has_value());
}

TEST(KeyFile, TheDefaultCostUnlocks) {
    const SecretKey key = SecretKey::generate();
    const KeyFile file = lock_key(key, "pass").value();
    EXPECT_EQ(unlock_key(file, "pass").value().secret_bytes(), key.secret_bytes());
    EXPECT_NE(lock_key(key, "pass").value(), file) << "salt and nonce are fresh for each file";
}

TEST(KeyFile, AnEmptyPasswordIsRefused) {
    const auto result = lock_key(SecretKey::from_seed("alice"), "", k_salt, k_nonce, k_cheap);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, ErrorCode::invalid);
}

TEST(KeyFile, AnOpenFileSaysSoAndNeedsNoPassword) {
    const SecretKey key = SecretKey::from_seed("node");
    const KeyFile file = open_key_file(key);
    EXPECT_FALSE(file.needs_password());
    EXPECT_EQ(unlock_key(file, "").value().secret_bytes(), key.secret_bytes());
    const std::string text = key_file_to_text(file);
    EXPECT_NE(text.find("\nprotection none\n"), std::string::npos);
    EXPECT_EQ(key_file_from_text(text).value(), file);
}

TEST(KeyFile, TextShowsTheAddressAndHidesTheKey) {
    const SecretKey key = SecretKey::from_seed("alice");
    const std::string text = key_file_to_text(locked(key, "pass"));
    EXPECT_TRUE(text.starts_with("dure-key-file 1\naccount " + key.account().address() +
                                 "\nprotection password\ndata "));
    EXPECT_EQ(text.find(to_hex(key.secret_bytes())), std::string::npos);
    EXPECT_EQ(key_file_from_text(text).value(), locked(key, "pass"));
}

/// Every field that the tag must protect, altered with the checksum made anew: what an attacker with write
/// access would do.
TEST(KeyFile, AlteringAnyFieldIsDetected) {
    const SecretKey key = SecretKey::from_seed("alice");
    const KeyFile file = locked(key, "pass");
    const auto expect_refused = [](const KeyFile& altered) {
        const auto reread = key_file_from_text(key_file_to_text(altered));
        ASSERT_TRUE(reread.has_value());
        const auto result = unlock_key(*reread, "pass");
        ASSERT_FALSE(result.has_value());
        EXPECT_EQ(result.error().code, ErrorCode::unauthorized);
    };
    KeyFile other_account = file;
    other_account.account = SecretKey::from_seed("mallory").account();
    expect_refused(other_account);
    const auto alter = [&](auto change) {
        KeyFile altered = file;
        change(std::get<LockedSecret>(altered.secret));
        expect_refused(altered);
    };
    alter([](LockedSecret& secret) { secret.cost.log_n = 11; });
    alter([](LockedSecret& secret) { secret.cost.r = 2; });
    alter([](LockedSecret& secret) { secret.cost.p = 2; });
    for (std::size_t i = 0; i < 16; ++i)
        alter([i](LockedSecret& secret) { secret.salt[i] ^= 1; });
    for (std::size_t i = 0; i < 12; ++i)
        alter([i](LockedSecret& secret) { secret.nonce[i] ^= 128; });
    for (std::size_t i = 0; i < 32; ++i)
        alter([i](LockedSecret& secret) { secret.ciphertext[i] ^= 4; });
    for (std::size_t i = 0; i < 16; ++i)
        alter([i](LockedSecret& secret) { secret.tag[i] ^= 1; });
}

TEST(KeyFile, AnOpenKeyOfAnotherAccountIsCorrupt) {
    KeyFile file = open_key_file(SecretKey::from_seed("alice"));
    file.account = SecretKey::from_seed("bob").account();
    EXPECT_EQ(unlock_key(file, "").error().code, ErrorCode::corrupt);
    file.secret = OpenSecret{};
    EXPECT_EQ(unlock_key(file, "").error().code, ErrorCode::corrupt);
}

TEST(KeyFile, CostsBeyondTheBoundsAreRefusedBeforeAnyWork) {
    const SecretKey key = SecretKey::from_seed("alice");
    for (const ScryptCost cost :
         {ScryptCost{9, 8, 1}, ScryptCost{15, 0, 1}, ScryptCost{15, 8, 0}, ScryptCost{15, 8, 5},
          ScryptCost{19, 8, 1}, ScryptCost{31, 255, 4}, ScryptCost{255, 255, 255}}) {
        EXPECT_EQ(check_cost(cost).error().code, ErrorCode::out_of_range);
        EXPECT_EQ(lock_key(key, "pass", k_salt, k_nonce, cost).error().code, ErrorCode::out_of_range);
        KeyFile file = locked(key, "pass");
        std::get<LockedSecret>(file.secret).cost = cost;
        EXPECT_EQ(unlock_key(file, "pass").error().code, ErrorCode::out_of_range);
    }
    EXPECT_TRUE(check_cost(ScryptCost{18, 8, 4}).has_value());
}

TEST(KeyFile, EverySingleAlteredCharacterIsAnError) {
    const std::string text = key_file_to_text(locked(SecretKey::from_seed("alice"), "pass"));
    for (std::size_t i = 0; i < text.size(); ++i) {
        for (const char replacement : {'0', 'a', 'A', ' ', '\n', '\xff'}) {
            if (text[i] == replacement) continue;
            std::string altered = text;
            altered[i] = replacement;
            const auto result = key_file_from_text(altered);
            ASSERT_FALSE(result.has_value()) << i;
            EXPECT_TRUE(result.error().code == ErrorCode::malformed ||
                        result.error().code == ErrorCode::corrupt);
        }
        EXPECT_FALSE(key_file_from_text(text.substr(0, i)).has_value());
    }
    EXPECT_FALSE(key_file_from_text(text + "\n").has_value());
    EXPECT_FALSE(key_file_from_text(text + text).has_value());
    EXPECT_FALSE(key_file_from_text(std::string(1 << 20, 'a')).has_value());
}

TEST(KeyFile, ErrorsSayWhatIsWrong) {
    EXPECT_NE(key_file_from_text("hello").error().message.find("not a key file"), std::string::npos);
    EXPECT_NE(key_file_from_text("dure-key-file 2\n").error().message.find("version"), std::string::npos);
    std::string text = key_file_to_text(open_key_file(SecretKey::from_seed("alice")));
    text[text.size() - 3] = text[text.size() - 3] == '0' ? '1' : '0';
    EXPECT_EQ(key_file_from_text(text).error().code, ErrorCode::corrupt);
}

TEST(KeyFile, FollowsTheCodecsLaws) {
    test::check_codec_laws<KeyFile>();
}

RC_GTEST_PROP(KeyFile, AnyKeyAndPasswordRoundTripThroughText, ()) {
    const SecretKey key = SecretKey::from_seed(*rc::gen::arbitrary<std::string>());
    const auto password = *rc::gen::nonEmpty(rc::gen::arbitrary<std::string>());
    const KeyFile file =
        lock_key(key, password, test::any_value<KeyFileSalt>(), test::any_value<KeyFileNonce>(), k_cheap)
            .value();
    const auto read = key_file_from_text(key_file_to_text(file));
    RC_ASSERT(read.has_value());
    RC_ASSERT(unlock_key(*read, password).value().secret_bytes() == key.secret_bytes());
    RC_ASSERT(!unlock_key(*read, password + "x").has_value());
}

}  // namespace
}  // namespace dure
