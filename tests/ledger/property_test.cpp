// Random valid and invalid transactions by the hundred thousand. After every block all invariants must hold
// (a broken one stops the run); every so often everything is recounted from scratch, and the tree is rebuilt.
#include <gtest/gtest.h>

#include "ledger/invariants/invariants.h"
#include "ledger/state/tree.h"
#include "tests/ledger/chaos.h"

namespace dure::ledger::testing {
namespace {

TEST(Chaos, NoInvariantEverBreaks) {
    const std::uint64_t wanted = 200'000 * test_scale();
    std::uint64_t done = 0;
    std::uint64_t rounds_decided = 0;
    std::uint64_t slashed = 0;
    for (std::uint64_t seed = 0; done < wanted; ++seed) {
        Harness chain(chaos_options());
        Chaos chaos(chain, seed);
        StateTree tree = StateTree::build(chain.state());
        Random random(seed + 1'000);
        for (int block = 0; block < 600; ++block) {
            for (std::uint64_t i = random.below(60); i > 0; --i)
                chaos.submit_one();
            chaos.learn(chain.block());
            tree = tree.with(chain.last_changes());
            if (random.one_in(40)) {
                chaos.punish_one();
                tree = tree.with(chain.last_changes());
            }
            if (block % 100 == 99) {
                const Status recounted = recount_invariants(chain.state());
                ASSERT_TRUE(recounted.has_value()) << recounted.error().message << " seed " << seed;
                ASSERT_EQ(tree.root(), StateTree::build(chain.state()).root()) << "seed " << seed;
            }
        }
        done += chaos.succeeded + chaos.failed;
        EXPECT_GT(chaos.succeeded, 1'000U);
        EXPECT_GT(chaos.failed, 100U);
        slashed += chaos.slashed;
        rounds_decided += head(chain.state()).checkpoint.round.value;
    }
    EXPECT_GT(rounds_decided, 20U);
    EXPECT_GT(slashed, 5U);
}

}  // namespace
}  // namespace dure::ledger::testing
