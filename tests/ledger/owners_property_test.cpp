// What the ledger owes to owners, compared with a model that goes through all of them at every payment.
#include <gtest/gtest.h>

#include <boost/multiprecision/cpp_int.hpp>
#include <map>

#include "tests/ledger/chaos.h"

namespace dure::ledger::testing {
namespace {

using boost::multiprecision::cpp_int;

cpp_int wide(FineCoin fine) {
    return (cpp_int(fine.high) << 64) + fine.low;
}

/// What everybody is owed, by going through all owners at every payment. Units of 2^-64 grain.
struct SlowOwners {
    std::map<Account, cpp_int> owed;
    cpp_int rest = 0;

    void pay(const std::map<Account, cpp_int>& shares, Coin amount) {
        cpp_int total = 0;
        for (const auto& [account, own] : shares)
            total += own;
        rest += cpp_int(amount.value) << 64;
        if (total == 0) return;
        const cpp_int each = rest / total;
        for (const auto& [account, own] : shares)
            owed[account] += each * own;
        rest -= each * total;
    }
    /// One block with at most one transaction: `shares` are those of before it. Deposits are forfeited at its end,
    /// when shares may have moved.
    void follow(const BlockOutcome& outcome, std::map<Account, cpp_int> shares,
                const Parameters& parameters) {
        const auto judge = [&](const Event& event) {
            const auto* judged = std::get_if<ReceiptJudged>(&event);
            if (judged == nullptr) return;
            if (judged->outcome == CaseOutcome::receipt_true) pay(shares, parameters.receipt_deposit);
            const CasePenalty& penalty = judged->penalty;
            pay(shares, Coin{penalty.taken.value - penalty.refunded.value - penalty.rewarded.value});
        };
        for (const TransactionReceipt& receipt : outcome.receipts) {
            for (const Event& event : receipt.events) {
                if (const auto* settled = std::get_if<ChannelSettled>(&event))
                    pay(shares, settled->settlement.owners_part);
                if (const auto* paid = std::get_if<CallPaid>(&event))
                    pay(shares, paid->settlement.owners_part);
                judge(event);
                if (const auto* claimed = std::get_if<RewardsClaimed>(&event))
                    owed[claimed->account] -= cpp_int(claimed->amount.value) << 64;
                if (const auto* moved = std::get_if<SharesMoved>(&event)) {
                    shares[moved->from] -= moved->amount.value;
                    shares[moved->to] += moved->amount.value;
                }
            }
        }
        for (const Event& event : outcome.events) {
            const auto* judged = std::get_if<DataJudged>(&event);
            const bool is_rejected = judged != nullptr && judged->status == ShardStatus::rejected;
            if (is_rejected || std::holds_alternative<OfferExpired>(event))
                pay(shares, parameters.shard_deposit);
            judge(event);
        }
    }
};

std::map<Account, cpp_int> shares_of_all(const StateReader& state) {
    std::map<Account, cpp_int> shares;
    for (const AccountView& owner : owners(state, std::nullopt, k_max_page).entries)
        shares[owner.account] = owner.total.value;
    return shares;
}

TEST(Chaos, FeesAreOwedAsIfEveryOwnerHadBeenVisited) {
    for (std::uint64_t seed = 0; seed < 3 * test_scale(); ++seed) {
        // What burns shares is another test's matter.
        ChainOptions options = chaos_options();
        options.parameters.scorer_slash_bp = 0;
        Harness chain(options);
        Chaos chaos(chain, seed + 77);
        chaos.withdraws = false;
        SlowOwners slow;
        for (int block = 0; block < 3'000; ++block) {
            const auto shares = shares_of_all(chain.state());
            chaos.submit_one();
            const BlockOutcome& outcome = chain.block();
            chaos.learn(outcome);
            ASSERT_NO_FATAL_FAILURE(slow.follow(outcome, shares, options.parameters));
            if (block % 50 != 0) continue;
            cpp_int sum = 0;
            for (const AccountView& one : accounts(chain.state(), std::nullopt, k_max_page).entries) {
                ASSERT_EQ(wide(one.pending), slow.owed[one.account]) << "seed " << seed << " block " << block;
                sum += wide(one.pending);
            }
            const PoolRecord pool = owner_pool(chain.state());
            ASSERT_EQ(sum + pool.carry, cpp_int(pool.held.value) << 64);
        }
    }
}

}  // namespace
}  // namespace dure::ledger::testing
