// The accumulator against slow, obvious models of what every owner should get.
#include <gtest/gtest.h>

#include <boost/multiprecision/cpp_int.hpp>
#include <vector>

#include "ledger/ownership/owner_pool.h"
#include "tests/ledger/random.h"

namespace dure::ledger::testing {
namespace {

using boost::multiprecision::cpp_int;
using boost::multiprecision::cpp_rational;

cpp_int wide(Uint128 number) {
    return (cpp_int(static_cast<std::uint64_t>(number >> 64)) << 64) + static_cast<std::uint64_t>(number);
}

/// Splits each fee by going through all owners, with numbers that never overflow.
struct SlowPool {
    struct Owner {
        cpp_int shares = 0;
        cpp_int owed = 0;        ///< units of 2^-64 grain, as the ledger promises them
        cpp_rational exact = 0;  ///< grain, as a mathematician would have it
        cpp_int claimed = 0;     ///< grain
    };
    std::vector<Owner> owners;
    cpp_int rest = 0;  ///< units of 2^-64 grain not given to anybody yet
    cpp_rational exact_rest = 0;

    cpp_int total() const {
        cpp_int sum = 0;
        for (const Owner& owner : owners)
            sum += owner.shares;
        return sum;
    }
    void fee(const cpp_int& grains) {
        rest += grains << 64;
        exact_rest += grains;
        const cpp_int all = total();
        if (all == 0) return;
        const cpp_int each = rest / all;
        for (Owner& owner : owners) {
            owner.owed += owner.shares * each;
            owner.exact += exact_rest * cpp_rational(owner.shares, all);
        }
        rest -= each * all;
        exact_rest = 0;
    }
};

/// The ledger's pool and the slow one, side by side.
class Pair {
  public:
    Pair(std::size_t owners, Uint128 first_accumulator) : accounts_(owners) {
        slow_.owners.resize(owners);
        pool_.accumulator = Accumulator::of(first_accumulator);
        for (AccountRecord& account : accounts_)
            account.checkpoint = pool_.accumulator;
    }
    void fee(std::uint64_t grains) {
        accrue(pool_, Coin{grains});
        slow_.fee(grains);
        paid_in_ += grains;
    }
    void set_shares(std::size_t owner, std::uint64_t shares) {
        settle(accounts_[owner], pool_);
        pool_.total_shares = pool_.total_shares - accounts_[owner].free + Shares{shares};
        accounts_[owner].free = Shares{shares};
        slow_.owners[owner].shares = shares;
        ++changes_;
    }
    void settle_only(std::size_t owner) { settle(accounts_[owner], pool_); }
    void claim_all(std::size_t owner) {
        const Coin paid = claim(accounts_[owner], pool_);
        const cpp_int whole = slow_.owners[owner].owed >> 64;
        EXPECT_EQ(cpp_int(paid.value), whole);
        slow_.owners[owner].owed -= whole << 64;
        slow_.owners[owner].claimed += whole;
        paid_out_ += paid.value;
    }
    /// Both pools owe the same to the last unit; together with the rest it is all that came in; and nobody is
    /// further from the exact split than a unit a share for every time that shares changed.
    void compare() const {
        cpp_int sum = 0;
        for (std::size_t i = 0; i < accounts_.size(); ++i) {
            const SlowPool::Owner& owner = slow_.owners[i];
            const cpp_int owed = wide(owed_to(accounts_[i], pool_).number());
            ASSERT_EQ(owed, owner.owed) << "owner " << i;
            sum += owed;
            const cpp_rational got = cpp_rational(owed, cpp_int(1) << 64) + owner.claimed;
            cpp_rational error = owner.exact - got;
            if (error < 0) error = -error;
            ASSERT_LT(error, 1);  // to the grain
        }
        const cpp_int waiting = cpp_int(pool_.undistributed.value) << 64;
        ASSERT_EQ(sum + pool_.carry + waiting, cpp_int(pool_.held.value) << 64);
        ASSERT_EQ(pool_.held.value, paid_in_ - paid_out_);
    }
    const PoolRecord& pool() const { return pool_; }

  private:
    PoolRecord pool_;
    std::vector<AccountRecord> accounts_;
    SlowPool slow_;
    std::uint64_t paid_in_ = 0;
    std::uint64_t paid_out_ = 0;
    std::uint64_t changes_ = 0;
};

void drive(Pair& pair, Random& random, std::size_t owners, std::size_t steps, unsigned fee_bits,
           unsigned share_bits) {
    for (std::size_t i = 0; i < steps; ++i) {
        const auto owner = static_cast<std::size_t>(random.below(owners));
        switch (random.below(6)) {
            case 0:
                pair.set_shares(owner, random.one_in(4) ? 0 : random.skewed(share_bits));
                break;
            case 1:
                pair.claim_all(owner);
                break;
            case 2:
                pair.settle_only(owner);
                break;
            default:
                pair.fee(random.skewed(fee_bits));
                break;
        }
        if (i % 16 == 0) {
            ASSERT_NO_FATAL_FAILURE(pair.compare());
        }
    }
    pair.compare();
}

TEST(FeeSplit, AgreesWithGoingThroughAllOwners) {
    for (std::uint64_t seed = 0; seed < 40 * test_scale(); ++seed) {
        Random random(seed);
        const std::size_t owners = 1 + static_cast<std::size_t>(random.below(20));
        Pair pair(owners, 0);
        ASSERT_NO_FATAL_FAILURE(drive(pair, random, owners, 400, 40, 40)) << "seed " << seed;
    }
}

TEST(FeeSplit, TheAccumulatorMayWrapAround) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        Random random(seed);
        Pair pair(5, ~static_cast<Uint128>(0) - random.skewed(40));
        ASSERT_NO_FATAL_FAILURE(drive(pair, random, 5, 400, 40, 20)) << "seed " << seed;
    }
}

TEST(FeeSplit, TheLargestFeeToTheSmallestOwner) {
    Pair pair(2, 0);
    pair.set_shares(0, 1);
    pair.fee(k_max_supply - 1);
    pair.compare();
    pair.claim_all(0);
    pair.set_shares(1, k_max_supply - 2);
    pair.fee(k_max_supply - 1);
    pair.compare();
    pair.claim_all(0);
    pair.claim_all(1);
    pair.compare();
}

TEST(FeeSplit, WhileNobodyOwnsAShareFeesWait) {
    Pair pair(2, 0);
    pair.fee(1'000);
    EXPECT_EQ(pair.pool().undistributed, Coin{1'000});
    pair.set_shares(1, 3);
    pair.fee(0);
    EXPECT_TRUE(pair.pool().undistributed.is_zero());
    pair.compare();
    pair.claim_all(1);
    EXPECT_EQ(pair.pool().held,
              Coin{1});  // a third of 2^64 does not divide evenly: the carry waits for the next fee
}

TEST(FeeSplit, SettlingOftenLosesNothing) {
    PoolRecord pool;
    pool.total_shares = Shares{3};
    AccountRecord often;
    AccountRecord rarely;
    often.free = rarely.free = Shares{1};
    for (int i = 0; i < 1'000; ++i) {
        accrue(pool, Coin{1});
        settle(often, pool);
    }
    settle(rarely, pool);
    EXPECT_EQ(often.pending, rarely.pending);
    EXPECT_EQ(rarely.pending.high, 333U);
}

TEST(FeeSplit, ForTheEventsPartsAndCarrySumToTheFee) {
    Random random(7);
    PoolRecord pool;
    pool.total_shares = Shares{1'000'003};
    for (int i = 0; i < 1'000; ++i) {
        const PoolRecord before = pool;
        const std::uint64_t fee = random.skewed(40);
        accrue(pool, Coin{fee});
        const Uint128 each = pool.accumulator.number() - before.accumulator.number();
        EXPECT_EQ(wide(each) * pool.total_shares.value + pool.carry - before.carry, cpp_int(fee) << 64);
    }
}

}  // namespace
}  // namespace dure::ledger::testing
