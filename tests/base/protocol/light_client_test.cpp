// A light client follows the chain through its epochs, and nothing but the chain.
#include "base/protocol/light_client.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace dure::protocol {
namespace {

std::vector<SecretKey> keys(const std::string& whose, std::size_t count) {
    std::vector<SecretKey> made;
    for (std::size_t i = 0; i < count; ++i)
        made.push_back(SecretKey::from_seed(whose + std::to_string(i)));
    std::sort(made.begin(), made.end(),
              [](const SecretKey& a, const SecretKey& b) { return a.account() < b.account(); });
    return made;
}

ValidatorSet set_of(const std::vector<SecretKey>& members) {
    ValidatorSet set;
    for (const SecretKey& key : members)
        set.validators.push_back({key.account(), 10});
    return set;
}

Hash named(const std::string& text) {
    static const TaggedHash hash("dure/test");
    return hash(as_bytes(text));
}

class Light : public ::testing::Test {
  protected:
    Certificate certificate(std::size_t epoch, const Vote& vote, std::size_t signers) const {
        std::vector<SignedVote> votes;
        for (std::size_t i = 0; i < signers; ++i)
            votes.push_back(sign_vote(chain_, {epoch}, vote, sets_[epoch][i]));
        return make_certificate({epoch}, vote, set_of(sets_[epoch]), votes);
    }
    Header header(std::size_t epoch, std::uint64_t height) const {
        Header made;
        made.chain_id = chain_;
        made.epoch = {epoch};
        made.height = {height};
        return made;
    }
    Certificate finalization(const Header& of, std::size_t signers = 3) const {
        return certificate(of.epoch.value, Finalize{{of.height.value + 3}, block_hash(of)}, signers);
    }
    EpochEnd end(std::size_t epoch) const {
        EpochEnd made;
        made.header = header(epoch, (epoch + 1) * 10);
        made.next = set_of(sets_[epoch + 1]);
        made.header.next_validators = made.next.hash();
        made.finalization = finalization(made.header);
        return made;
    }

    Hash chain_ = named("chain");
    std::vector<std::vector<SecretKey>> sets_{keys("a", 4), keys("b", 4), keys("c", 4)};
    LightClient client_{chain_, set_of(sets_[0])};
};

TEST_F(Light, GoesFromEpochToEpochAndKnowsWhatIsFinalInEach) {
    EXPECT_TRUE(client_.check_final(header(0, 4), finalization(header(0, 4))).has_value());
    EXPECT_EQ(client_.check_final(header(1, 14), finalization(header(1, 14))).error().code,
              ErrorCode::unavailable);
    ASSERT_TRUE(client_.advance(end(0)).has_value());
    EXPECT_TRUE(client_.check_final(header(1, 14), finalization(header(1, 14))).has_value());
    EXPECT_TRUE(client_.check_final(end(0).header, end(0).finalization).has_value());
    EXPECT_EQ(client_.check_final(header(0, 4), finalization(header(0, 4))).error().code, ErrorCode::expired);
    EXPECT_EQ(client_.advance(end(0)).error().code, ErrorCode::expired) << "an epoch ends once";
    ASSERT_TRUE(client_.advance(end(1)).has_value());
    EXPECT_EQ(client_.progress().epoch, Epoch{2});
    EXPECT_EQ(client_.progress().last, Height{20});

    const auto kept = decode<LightProgress>(encode(client_.progress()));
    ASSERT_TRUE(kept.has_value());
    const LightClient later(*kept);
    EXPECT_TRUE(later.check_final(header(2, 21), finalization(header(2, 21))).has_value());
}

TEST_F(Light, BelievesNoSetThatTheValidatorsDidNotName) {
    EpochEnd other_set = end(0);
    other_set.next = set_of(keys("liar", 4));
    EXPECT_FALSE(client_.advance(other_set).has_value());

    EpochEnd other_header = end(0);  // with the certificate of the true one
    other_header.next = set_of(keys("liar", 4));
    other_header.header.next_validators = other_header.next.hash();
    EXPECT_FALSE(client_.advance(other_header).has_value());

    EpochEnd too_few = end(0);
    too_few.finalization = finalization(header(0, 5));
    EXPECT_FALSE(client_.advance(too_few).has_value());

    EpochEnd of_nobody = end(0);
    sets_[0] = keys("liar", 4);
    of_nobody.finalization = finalization(of_nobody.header);
    EXPECT_FALSE(client_.advance(of_nobody).has_value());
    EXPECT_EQ(client_.progress().epoch, Epoch{});
}

TEST_F(Light, TakesNoOtherCertificateForAFinalization) {
    const Header block = header(0, 7);
    const Hash hash = block_hash(block);
    EXPECT_FALSE(client_.check_final(block, certificate(0, Notarize{{9}, hash}, 3)).has_value());
    EXPECT_FALSE(client_.check_final(block, certificate(0, Finalize{{9}, named("other")}, 3)).has_value());
    Header elsewhere = block;
    elsewhere.chain_id = named("another chain");
    EXPECT_FALSE(client_.check_final(elsewhere, finalization(elsewhere)).has_value());
    EpochEnd no_end = end(0);
    no_end.header.next_validators = {};
    no_end.finalization = finalization(no_end.header);
    EXPECT_FALSE(client_.advance(no_end).has_value());
    // A header of a running epoch whose height lies before the epoch.
    ASSERT_TRUE(client_.advance(end(0)).has_value());
    EXPECT_FALSE(client_.check_final(header(1, 10), finalization(header(1, 10))).has_value());
}

}  // namespace
}  // namespace dure::protocol
