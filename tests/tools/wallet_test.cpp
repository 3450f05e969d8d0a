#include "tools/dure/wallet.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "tools/dure/paying/channel_book.h"

namespace dure::tools {
namespace {

class WalletTest : public testing::Test {
  protected:
    void SetUp() override {
        folder_ = std::filesystem::path(testing::TempDir()) / ("keys-" + std::to_string(::getpid()));
        std::filesystem::remove_all(folder_);
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }
    std::filesystem::path folder_;
    const PasswordSource never_ = [](const std::string&) -> Result<std::string> {
        return Error{ErrorCode::internal, "asked for a password"};
    };
};

TEST_F(WalletTest, TheFirstKeyIsTheDefaultAndFilesAreTheirOwners) {
    Wallet wallet(folder_);
    ASSERT_TRUE(wallet.add("one", open_key_file(SecretKey::from_seed("one"))));
    ASSERT_TRUE(wallet.add("two", open_key_file(SecretKey::from_seed("two"))));
    EXPECT_EQ(wallet.find("")->name, "one");
    ASSERT_TRUE(wallet.set_default("two"));
    EXPECT_EQ(wallet.unlock("", never_)->account(), SecretKey::from_seed("two").account());
    struct stat facts {};
    ASSERT_EQ(::stat((folder_ / "one.key").c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777U, 0600U);
    EXPECT_EQ(wallet.set_default("three").error().code, ErrorCode::not_found);
}

TEST_F(WalletTest, AKeyIsNeverOverwritten) {
    Wallet wallet(folder_);
    ASSERT_TRUE(wallet.add("one", open_key_file(SecretKey::from_seed("one"))));
    EXPECT_EQ(wallet.add("one", open_key_file(SecretKey::from_seed("two"))).error().code,
              ErrorCode::duplicate);
    EXPECT_EQ(wallet.find("one")->account, SecretKey::from_seed("one").account());
}

TEST_F(WalletTest, ADamagedFileIsNamed) {
    Wallet wallet(folder_);
    ASSERT_TRUE(wallet.add("one", open_key_file(SecretKey::from_seed("one"))));
    std::ofstream(folder_ / "bad.key") << "not a key";
    const auto list = wallet.list();
    ASSERT_TRUE(list.has_error());
    EXPECT_NE(list.error().message.find("bad.key"), std::string::npos);
}

TEST_F(WalletTest, AnAccountIsAnAddressOrAName) {
    Wallet wallet(folder_);
    ASSERT_TRUE(wallet.add("one", open_key_file(SecretKey::from_seed("one"))));
    const Account account = SecretKey::from_seed("one").account();
    EXPECT_EQ(*account_from(wallet, "one"), account);
    EXPECT_EQ(*account_from(wallet, account.address()), account);
    EXPECT_EQ(account_from(wallet, "nobody").error().code, ErrorCode::not_found);
    EXPECT_EQ(account_from(wallet, "dure1qqqq").error().code, ErrorCode::malformed);
}

TEST_F(WalletTest, TheChannelBookRemembersWhatWasPromised) {
    const OwnChannel channel{sha256(as_bytes("chain")),
                             SecretKey::from_seed("payer").account(),
                             SecretKey::from_seed("server").account(),
                             sha256(as_bytes("channel")),
                             Coin{100},
                             Coin{7},
                             Coin{20},
                             Coin{3}};
    {
        auto book = ChannelBook::open(folder_);
        ASSERT_TRUE(book);
        book->add(channel);
        ASSERT_TRUE(book->save());
    }
    auto book = ChannelBook::open(folder_);
    ASSERT_TRUE(book);
    const OwnChannel* found = book->find(channel.chain_id, channel.payer, channel.server);
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->promised, Coin{20});
    EXPECT_EQ(found->spent, Coin{7});
    EXPECT_EQ(book->find(sha256(as_bytes("other"))), nullptr);
    std::ofstream(folder_ / "channels.json") << R"({"channels":[{"channel":"x"}]})";
    EXPECT_TRUE(ChannelBook::open(folder_).has_error());
}

}  // namespace
}  // namespace dure::tools
