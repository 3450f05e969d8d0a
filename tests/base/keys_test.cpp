#include "base/keys.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/support/codec_laws.h"

namespace dure {
namespace {

template <class T>
T bytes_of(std::string_view hex) {
    return decode<T>(from_hex(hex).value()).value();
}

struct Vector {
    const char* secret;  ///< empty where BIP340 gives none
    const char* account;
    const char* auxiliary;
    std::string message;
    const char* signature;
    bool valid;
};

constexpr const char* k_key_1 = "DFF1D77F2A671C5F36183726DB2341BE58FEAE1DA2DECED843240F7B502BA659";
constexpr const char* k_message_1 = "243F6A8885A308D313198A2E03707344A4093822299F31D0082EFA98EC4E6C89";
constexpr const char* k_secret_15 = "0340034003400340034003400340034003400340034003400340034003400340";
constexpr const char* k_key_15 = "778CAA53B4393AC467774D09497A87224BF9FAB6F6E68B23086497324D6FD117";
constexpr const char* k_zeros = "0000000000000000000000000000000000000000000000000000000000000000";
constexpr const char* k_ones = "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF";

/// BIP340's test vectors, in its order.
const Vector k_vectors[] = {
    {"0000000000000000000000000000000000000000000000000000000000000003",
     "F9308A019258C31049344F85F89D5229B531C845836F99B08601F113BCE036F9", k_zeros, k_zeros,
     "E907831F80848D1069A5371B402410364BDF1C5F8307B0084C55F1CE2DCA821525F66A4A85EA8B71E482A74F382D2CE5EBEEE8F"
     "DB2172F477DF4900D310536C0",
     true},
    {"B7E151628AED2A6ABF7158809CF4F3C762E7160F38B4DA56A784D9045190CFEF", k_key_1,
     "0000000000000000000000000000000000000000000000000000000000000001", k_message_1,
     "6896BD60EEAE296DB48A229FF71DFE071BDE413E6D43F917DC8DCF8C78DE33418906D11AC976ABCCB20B091292BFF4EA897EFCB"
     "639EA871CFA95F6DE339E4B0A",
     true},
    {"C90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B14E5C9",
     "DD308AFEC5777E13121FA72B9CC1B7CC0139715309B086C960E18FD969774EB8",
     "C87AA53824B4D7AE2EB035A2B5BBBCCC080E76CDC6D1692C4B0B62D798E6D906",
     "7E2D58D8B3BCDF1ABADEC7829054F90DDA9805AAB56C77333024B9D0A508B75C",
     "5831AAEED7B44BB74E5EAB94BA9D4294C49BCF2A60728D8B4C200F50DD313C1BAB745879A5AD954A72C45A91C3A51D3C7ADEA98"
     "D82F8481E0E1E03674A6F3FB7",
     true},
    {"0B432B2677937381AEF05BB02A66ECD012773062CF3FA2549E44F58ED2401710",
     "25D1DFF95105F5253C4022F628A996AD3A0D95FBF21D468A1B33F8C160D8F517", k_ones, k_ones,
     "7EB0509757E246F19449885651611CB965ECC1A187DD51B64FDA1EDC9637D5EC97582B9CB13DB3933705B32BA982AF5AF25FD78"
     "881EBB32771FC5922EFC66EA3",
     true},
    {"", "D69C3509BB99E412E68B0FE8544E72837DFA30746D8BE2AA65975F29D22DC7B9", "",
     "4DF3C3F68FCC83B27E9D42C90431A72499F17875C81A599B566C9889B9696703",
     "00000000000000000000003B78CE563F89A0ED9414F5AA28AD0D96D6795F9C6376AFB1548AF603B3EB45C9F8207DEE1060CB71C"
     "04E80F593060B07D28308D7F4",
     true},
    {"", "EEFDEA4CDB677750A420FEE807EACF21EB9898AE79B9768766E4FAA04A2D4A34", "",
     k_message_1,  // no point of the curve
     "6CFF5C3BA86C69EA4B7376F31A9BCB4F74C1976089B2D9963DA2E5543E17776969E89B4C5564D00349106B8497785DD7D1D713A"
     "8AE82B32FA79D5F7FC407D39B",
     false},
    {"", k_key_1, "", k_message_1,  // R has an odd y
     "FFF97BD5755EEEA420453A14355235D382F6472F8568A18B2F057A14602975563CC27944640AC607CD107AE10923D9EF7A73C64"
     "3E166BE5EBEAFA34B1AC553E2",
     false},
    {"", k_key_1, "", k_message_1,  // negated message
     "1FA62E331EDBC21C394792D2AB1100A7B432B013DF3F6FF4F99FCB33E0E1515F28890B3EDB6E7189B630448B515CE4F8622A954"
     "CFE545735AAEA5134FCCDB2BD",
     false},
    {"", k_key_1, "", k_message_1,  // negated s
     "6CFF5C3BA86C69EA4B7376F31A9BCB4F74C1976089B2D9963DA2E5543E177769961764B3AA9B2FFCB6EF947B6887A226E8D7C93"
     "E00C5ED0C1834FF0D0C2E6DA6",
     false},
    {"", k_key_1, "", k_message_1,  // sG − eP is infinite, x taken as 0
     "0000000000000000000000000000000000000000000000000000000000000000123DDA8328AF9C23A94C1FEECFD123BA4FB7347"
     "6F0D594DCB65C6425BD186051",
     false},
    {"", k_key_1, "", k_message_1,  // sG − eP is infinite, x taken as 1
     "00000000000000000000000000000000000000000000000000000000000000017615FBAF5AE28864013C099742DEADB4DBA87F1"
     "1AC6754F93780D5A1837CF197",
     false},
    {"", k_key_1, "", k_message_1,  // r is no x coordinate
     "4A298DACAE57395A15D0795DDBFD1DCB564DA82B0F269BC70A74F8220429BA1D69E89B4C5564D00349106B8497785DD7D1D713A"
     "8AE82B32FA79D5F7FC407D39B",
     false},
    {"", k_key_1, "", k_message_1,  // r is the field's size
     "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFC2F69E89B4C5564D00349106B8497785DD7D1D713A"
     "8AE82B32FA79D5F7FC407D39B",
     false},
    {"", k_key_1, "", k_message_1,  // s is the group's order
     "6CFF5C3BA86C69EA4B7376F31A9BCB4F74C1976089B2D9963DA2E5543E177769FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE"
     "6AF48A03BBFD25E8CD0364141",
     false},
    {"", "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFC30", "",
     k_message_1,  // the key exceeds the field's size
     "6CFF5C3BA86C69EA4B7376F31A9BCB4F74C1976089B2D9963DA2E5543E17776969E89B4C5564D00349106B8497785DD7D1D713A"
     "8AE82B32FA79D5F7FC407D39B",
     false},
    {k_secret_15, k_key_15, k_zeros, "",
     "71535DB165ECD9FBBC046E5FFAEA61186BB6AD436732FCCC25291A55895464CF6069CE26BF03466228F19A3A62DB8A649F2D560"
     "FAC652827D1AF0574E427AB63",
     true},
    {k_secret_15, k_key_15, k_zeros, "11",
     "08A20A0AFEF64124649232E0693C583AB1B9934AE63B4C3511F3AE1134C6A303EA3173BFEA6683BD101FA5AA5DBC1996FE7CACF"
     "C5A577D33EC14564CEC2BACBF",
     true},
    {k_secret_15, k_key_15, k_zeros, "0102030405060708090A0B0C0D0E0F1011",
     "5130F39A4059B43BC7CAC09A19ECE52B5D8699D1A71E3C52DA9AFDB6B50AC370C4A482B77BF960F8681540E25B6771ECE1E5A37"
     "FD80E5A51897C5566A97EA5A5",
     true},
    {k_secret_15, k_key_15, k_zeros, std::string(200, '9'),
     "403B12B0D8555A344175EA7EC746566303321E5DBFA8BE6F091635163ECA79A8585ED3E3170807E7C03B720FC54C7B23897FCBA"
     "0E9D0B4A06894CFD249F22367",
     true},
};

TEST(Schnorr, VerifiesExactlyWhatBip340SaysIsValid) {
    for (std::size_t i = 0; i < std::size(k_vectors); ++i) {
        const Vector& vector = k_vectors[i];
        const auto account = bytes_of<Account>(vector.account);
        const auto signature = bytes_of<Signature>(vector.signature);
        const Bytes message = from_hex(vector.message).value();
        EXPECT_EQ(verify(account, message, signature), vector.valid) << "vector " << i;
        if (const auto key = VerifyingKey::parse(account)) {
            EXPECT_EQ(key->verify(message, signature), vector.valid) << "vector " << i;
        } else {
            EXPECT_FALSE(vector.valid) << "vector " << i;
        }
    }
}

TEST(Schnorr, DerivesKeysAndSignsAsBip340Says) {
    for (std::size_t i = 0; i < std::size(k_vectors); ++i) {
        const Vector& vector = k_vectors[i];
        if (*vector.secret == '\0') continue;
        const SecretKey key = SecretKey::from_bytes(from_hex(vector.secret).value()).value();
        EXPECT_EQ(key.account(), bytes_of<Account>(vector.account)) << "vector " << i;
        if (vector.message.size() != 64) continue;  // Dure signs digests of 32 bytes only
        const auto auxiliary = bytes_of<Hash>(vector.auxiliary).bytes;
        EXPECT_EQ(key.sign(bytes_of<Hash>(vector.message), auxiliary), bytes_of<Signature>(vector.signature))
            << "vector " << i;
        if (i == 0) {
            EXPECT_EQ(key.sign(bytes_of<Hash>(vector.message)), bytes_of<Signature>(vector.signature));
        }
    }
}

TEST(SecretKey, MustBeBetweenZeroAndTheGroupsOrder) {
    const char* const k_order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
    const char* const k_order_less_one = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140";
    EXPECT_EQ(SecretKey::from_bytes(from_hex(k_zeros).value()).error().code, ErrorCode::out_of_range);
    EXPECT_EQ(SecretKey::from_bytes(from_hex(k_order).value()).error().code, ErrorCode::out_of_range);
    EXPECT_EQ(SecretKey::from_bytes(Bytes(31)).error().code, ErrorCode::malformed);
    EXPECT_EQ(SecretKey::from_bytes(Bytes(33)).error().code, ErrorCode::malformed);
    const SecretKey largest = SecretKey::from_bytes(from_hex(k_order_less_one).value()).value();
    EXPECT_TRUE(verify(largest.account(), Hash{}, largest.sign(Hash{})));
}

TEST(SecretKey, GivesItsBytesBack) {
    for (const char* const hex :
         {k_secret_15, "B7E151628AED2A6ABF7158809CF4F3C762E7160F38B4DA56A784D9045190CFEF"}) {
        const Bytes bytes = from_hex(hex).value();
        EXPECT_EQ(to_bytes(SecretKey::from_bytes(bytes).value().secret_bytes()), bytes);
    }
    EXPECT_NE(SecretKey::generate().account(), SecretKey::generate().account());
    EXPECT_EQ(SecretKey::from_seed("a").account(), SecretKey::from_seed("a").account());
}

TEST(Account, IsShownAsBech32m) {
    const auto account =
        bytes_of<Account>("F9308A019258C31049344F85F89D5229B531C845836F99B08601F113BCE036F9");
    EXPECT_EQ(account.address(), "dure1lycg5qvjtrp3qjf5f7zl382j9x6nrjz9sdhenvyxq8c3808qxmusdnvmgs");
    EXPECT_EQ(Account::from_address(account.address()).value(), account);
}

TEST(Account, WrongAddressesSayWhatIsWrong) {
    for (const auto& [text, why] :
         {std::pair{"", "not an address"},
          {"dure1", "too short"},
          {"dure1lycg5qvjtrp3qjf5f7zl382j9x6nrjz9sdhenvyxq8c3808qxmusdnvmgz", "checksum"},
          {"bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", "expected 'dure1'"},
          {"dure1lycg5qvjtrp3qjf5f7zl382j9x6nrjz9sdhenvyxq8c3808qxcgs98rv", "holds 32 bytes, this one 31"},
          {"dure1lycg5qvjtrp3qjf5f7zl382j9x6nrjz9sdhenvyxq8c3808qxmusq34t4ad", "holds 32 bytes, this one 33"},
          {"Dure1lycg5qvjtrp3qjf5f7zl382j9x6nrjz9sdhenvyxq8c3808qxmusdnvmgs", "case"},
          {"alice", "separator"}}) {
        const auto result = Account::from_address(text);
        ASSERT_FALSE(result.has_value()) << text;
        EXPECT_EQ(result.error().code, ErrorCode::malformed);
        EXPECT_NE(result.error().message.find(why), std::string::npos) << result.error().message;
    }
}

RC_GTEST_PROP(Schnorr, AChangedBitInKeyMessageOrSignatureIsRefused, (const std::string& seed)) {
    const SecretKey key = SecretKey::from_seed(seed);
    auto message = test::any_value<Hash>();
    auto signature = key.sign(message);
    Account account = key.account();
    RC_ASSERT(verify(account, message, signature));
    const auto flip = [](auto& bytes) {
        const auto bit = *rc::gen::inRange<std::size_t>(0, bytes.size() * 8);
        bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ 1U << bit % 8);
    };
    switch (*rc::gen::inRange(0, 3)) {
        case 0:
            flip(account.key);
            break;
        case 1:
            flip(message.bytes);
            break;
        default:
            flip(signature.bytes);
    }
    RC_ASSERT(!verify(account, message, signature));
}

RC_GTEST_PROP(Schnorr, AnyBytesAreVerifiedOrRefused, ()) {
    RC_ASSERT(
        !verify(test::any_value<Account>(), *rc::gen::arbitrary<Bytes>(), test::any_value<Signature>()));
}

TEST(Keys, FollowTheCodecsLaws) {
    test::check_codec_laws<Account>();
    test::check_codec_laws<Signature>();
}

}  // namespace
}  // namespace dure
