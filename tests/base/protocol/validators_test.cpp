#include "base/protocol/validators.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/money.h"
#include "tests/support/codec_laws.h"

namespace dure::protocol {
namespace {

Account account_of(std::uint8_t number) {
    Account account;
    account.key[0] = number;
    return account;
}

ValidatorSet set_of(std::initializer_list<std::uint64_t> weights) {
    ValidatorSet set;
    std::uint8_t number = 0;
    for (const std::uint64_t weight : weights)
        set.validators.push_back({account_of(++number), weight});
    return set;
}

TEST(ValidatorSet, AQuorumIsMoreThanTwoThirds) {
    const ValidatorSet four = set_of({1, 1, 1, 1});
    EXPECT_FALSE(four.is_quorum(2));
    EXPECT_TRUE(four.is_quorum(3));
    const ValidatorSet three = set_of({10, 10, 10});
    EXPECT_FALSE(three.is_quorum(20)) << "exactly two thirds";
    EXPECT_TRUE(three.is_quorum(21));
    EXPECT_FALSE(three.has_honest(10)) << "exactly a third";
    EXPECT_TRUE(three.has_honest(11));
    EXPECT_FALSE(ValidatorSet{}.is_quorum(0));
    EXPECT_FALSE(ValidatorSet{}.has_honest(0));
    const ValidatorSet heavy = set_of({k_max_supply - 1});
    EXPECT_TRUE(heavy.is_quorum(k_max_supply - 1)) << "no intermediate wraps";
    EXPECT_FALSE(heavy.is_quorum((k_max_supply - 1) / 3 * 2));
}

/// The safety of everything above: two quorums share more than a third of the weight, so an honest validator.
RC_GTEST_PROP(ValidatorSet, TwoQuorumsShareAnHonestValidator, ()) {
    ValidatorSet set;
    const int count = *rc::gen::inRange(1, 9);
    std::uint64_t first = 0;
    std::uint64_t second = 0;
    std::uint64_t both = 0;
    for (int i = 0; i < count; ++i) {
        const auto weight = *rc::gen::inRange<std::uint64_t>(1, 50);
        set.validators.push_back({account_of(static_cast<std::uint8_t>(i)), weight});
        const int member = *rc::gen::inRange(0, 4);
        if (member & 1) first += weight;
        if (member & 2) second += weight;
        if (member == 3) both += weight;
    }
    if (set.is_quorum(first) && set.is_quorum(second)) RC_ASSERT(set.has_honest(both));
    RC_ASSERT(set.is_quorum(set.total_weight()));
    RC_ASSERT(!(set.is_quorum(first) && set.has_honest(set.total_weight() - first)));
}

TEST(ValidatorSet, IsFoundByKey) {
    const ValidatorSet set = set_of({1, 2, 3});
    EXPECT_EQ(set.index_of(account_of(1)), 0U);
    EXPECT_EQ(set.index_of(account_of(3)), 2U);
    EXPECT_FALSE(set.index_of(account_of(0)).has_value());
    EXPECT_FALSE(set.index_of(account_of(4)).has_value());
    EXPECT_FALSE(ValidatorSet{}.index_of(account_of(1)).has_value());
}

TEST(ValidatorSet, RefusesWhatIsNoSet) {
    EXPECT_TRUE(set_of({1, 2, 3}).check().has_value());
    EXPECT_EQ(ValidatorSet{}.check().error().code, ErrorCode::invalid);
    EXPECT_FALSE(set_of({1, 0, 3}).check().has_value());
    EXPECT_FALSE(set_of({k_max_supply - 1, 1}).check().has_value());
    EXPECT_FALSE(set_of({~std::uint64_t{0}, ~std::uint64_t{0}}).check().has_value()) << "a sum that wraps";
    ValidatorSet unordered = set_of({1, 2});
    std::swap(unordered.validators[0], unordered.validators[1]);
    EXPECT_FALSE(unordered.check().has_value());
    ValidatorSet twice = set_of({1, 2});
    twice.validators[1].key = twice.validators[0].key;
    EXPECT_FALSE(twice.check().has_value());
}

TEST(ValidatorSet, FollowsTheCodecsLaws) {
    test::check_codec_laws<Validator>();
    test::check_codec_laws<ValidatorSet>();
}

}  // namespace
}  // namespace dure::protocol
