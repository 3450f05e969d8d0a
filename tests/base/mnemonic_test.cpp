#include "base/mnemonic.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "base/bytes.h"
#include "base/word_list.h"
#include "tests/support/any_value.h"

namespace dure {
namespace {

using Secret = std::array<std::uint8_t, 32>;

Secret secret_of(std::string_view hex) {
    const Bytes bytes = from_hex(hex).value();
    Secret secret{};
    std::copy(bytes.begin(), bytes.end(), secret.begin());
    return secret;
}

std::vector<std::string> words_of(const std::string& text) {
    std::istringstream stream(text);
    return {std::istream_iterator<std::string>(stream), {}};
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words)
        text += (text.empty() ? "" : " ") + word;
    return text;
}

struct MnemonicVector {
    const char* entropy;
    const char* words;
};

/// All vectors of BIP39's reference implementation with 256 bits of entropy.
constexpr MnemonicVector k_mnemonic_vectors[] = {
    {"0000000000000000000000000000000000000000000000000000000000000000",
     "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon "
     "abandon abandon abandon abandon abandon "
     "abandon abandon abandon abandon abandon abandon art"},
    {"7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f",
     "legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth useful "
     "legal winner thank year wave sausage "
     "worth title"},
    {"8080808080808080808080808080808080808080808080808080808080808080",
     "letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd amount doctor "
     "acoustic avoid letter advice cage absurd "
     "amount doctor acoustic bless"},
    {"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
     "zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo vote"},
    {"00ac97c48106f0aeb8ba061e0250a559b3251dc35854e694780ba51d53a50120",
     "absent gorilla van acoustic humor firm title dolphin bulk barely citizen recall crane moment aspect "
     "appear track phrase actual enforce "
     "steel spoon afraid benefit"},
    {"3edc83b60740d77af3afa2fcb82c2f1bc541ee4e2518ddef4996d32453f54a3c",
     "disagree tomato unique attend aspect runway solid violin witness scrap armed daring favorite warm "
     "decade perfect target kid grant play "
     "early wide cigar night"},
    {"89bb4bc5555992cdaf3444c5e7ca5a6e9f27efab894f1990bae41be8b2a26ea4",
     "meadow surge vanish primary odor grocery rubber mass shine dinner notable tag venue water purchase "
     "clarify book magic ribbon daughter "
     "menu eye ritual orchard"},
    {"911fec0fbd88029f6fa99164896c18d898c9232af18bdcca3e42d53b86493104",
     "much youth advance kitchen lens exile salt cram goose enter alert raise milk muscle profit cousin "
     "system faint mouse price reveal cause "
     "series long"},
};

TEST(Mnemonic, AgreesWithTheVectorsOfBip39) {
    for (const MnemonicVector& vector : k_mnemonic_vectors) {
        EXPECT_EQ(mnemonic_from_secret(secret_of(vector.entropy)), vector.words);
        EXPECT_EQ(secret_from_mnemonic(vector.words).value(), secret_of(vector.entropy));
    }
}

TEST(Mnemonic, TheListIsAscendingAndItsFirstFourLettersTellWordsApart) {
    EXPECT_TRUE(std::is_sorted(k_word_list.begin(), k_word_list.end()));
    std::set<std::string_view> beginnings;
    for (const std::string_view word : k_word_list)
        beginnings.insert(word.substr(0, 4));
    EXPECT_EQ(beginnings.size(), k_word_list.size());
}

TEST(Mnemonic, CaseAndWhiteSpaceDoNotMatter) {
    const Secret secret = secret_of(k_mnemonic_vectors[5].entropy);
    std::string text = "\t ";
    for (const std::string& word : words_of(k_mnemonic_vectors[5].words)) {
        std::string shown = word;
        shown[0] = static_cast<char>(shown[0] - 'a' + 'A');
        text += shown + " \r\n";
    }
    EXPECT_EQ(secret_from_mnemonic(text).value(), secret);
}

TEST(Mnemonic, AMisspeltWordIsNamedWithItsPlaceAndNearWords) {
    auto words = words_of(k_mnemonic_vectors[5].words);
    words[11] = "darring";
    const auto result = secret_from_mnemonic(joined(words));
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, ErrorCode::malformed);
    EXPECT_NE(result.error().message.find("word 12, 'darring'"), std::string::npos) << result.error().message;
    EXPECT_NE(result.error().message.find("did you mean 'daring'"), std::string::npos)
        << result.error().message;
    for (const auto& [typed, meant] : {std::pair{"toamto", "tomato"},
                                       {"tomat", "tomato"},
                                       {"uniqu", "unique"},
                                       {"wittness", "witness"},
                                       {"vilin", "violin"}}) {
        words[11] = typed;
        EXPECT_NE(secret_from_mnemonic(joined(words)).error().message.find(std::string("'") + meant + "'"),
                  std::string::npos)
            << typed;
    }
    words[11] = "두레";
    EXPECT_NE(secret_from_mnemonic(joined(words)).error().message.find("'두레'"), std::string::npos);
    words[11] = std::string(100'000, 'x');
    EXPECT_LT(secret_from_mnemonic(joined(words)).error().message.size(), 200U);
}

TEST(Mnemonic, AnotherNumberOfWordsIsAnError) {
    auto words = words_of(k_mnemonic_vectors[5].words);
    words.pop_back();
    EXPECT_NE(secret_from_mnemonic(joined(words)).error().message.find("has 23"), std::string::npos);
    words.resize(25, "zoo");
    EXPECT_NE(secret_from_mnemonic(joined(words)).error().message.find("has 25"), std::string::npos);
    EXPECT_NE(secret_from_mnemonic("").error().message.find("has 0"), std::string::npos);
    std::string many;
    for (int i = 0; i < 100'000; ++i)
        many += "zoo ";
    EXPECT_FALSE(secret_from_mnemonic(many).has_value());
}

TEST(Mnemonic, MostExchangedWordsAreFoundByTheChecksum) {
    const auto words = words_of(k_mnemonic_vectors[5].words);
    std::size_t accepted = 0;
    std::size_t tried = 0;
    for (std::size_t i = 0; i < words.size(); ++i) {
        for (std::size_t j = 0; j < k_word_list_size; j += 64) {
            if (words[i] == k_word_list[j]) continue;
            auto altered = words;
            altered[i] = k_word_list[j];
            const auto result = secret_from_mnemonic(joined(altered));
            accepted += result.has_value() ? 1U : 0U;
            ++tried;
            if (!result) {
                EXPECT_NE(result.error().message.find("checksum"), std::string::npos);
            }
        }
    }
    EXPECT_LT(accepted * 64, tried) << "one in 256 passes an 8-bit checksum";
}

RC_GTEST_PROP(Mnemonic, EverySecretRoundTrips, ()) {
    const auto secret = test::any_value<Secret>();
    const std::string text = mnemonic_from_secret(secret);
    RC_ASSERT(words_of(text).size() == k_mnemonic_words);
    RC_ASSERT(secret_from_mnemonic(text).value() == secret);
}

RC_GTEST_PROP(Mnemonic, AnyTextIsReadOrRefused, (const std::string& text)) {
    const auto secret = secret_from_mnemonic(text);
    if (secret) RC_ASSERT(words_of(mnemonic_from_secret(*secret)).size() == k_mnemonic_words);
}

}  // namespace
}  // namespace dure
