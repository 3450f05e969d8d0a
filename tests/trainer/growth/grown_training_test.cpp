// Training before and after growth: the loss goes on falling from where it was, and what is new learns.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/trainer/growth/support.h"
#include "trainer/growth/widen.h"
#include "trainer/model/layout.h"
#include "trainer/rounds/judge.h"
#include "trainer/rounds/merge.h"
#include "trainer/rounds/update.h"
#include "trainer/rounds/work_unit.h"

namespace dure::trainer {
namespace {

constexpr std::uint32_t k_vocab = 24;

ModelConfig small_model() {
    ModelConfig config = testing::tiny_model();
    config.vocab = config.active_vocab = k_vocab;
    config.dim = 16;
    return config;
}

TrainConfig training() {
    TrainConfig train = testing::tiny_training();
    train.steps = 16;
    train.batch = 4;
    train.sequence = 32;
    train.segment_steps = 16;
    train.held_out_windows = 16;
    return train;
}

/// A text with an order to learn: each token follows from the two before it, but for some noise.
std::vector<std::int32_t> text(std::size_t count, std::uint64_t seed) {
    testing::Numbers numbers(seed);
    std::vector<std::int32_t> tokens{1, 2};
    while (tokens.size() < count) {
        const auto before =
            static_cast<std::uint32_t>(3 * tokens[tokens.size() - 1] + 5 * tokens[tokens.size() - 2]);
        const std::uint32_t next = numbers.below(8) == 0 ? numbers.next() : before + 1;
        tokens.push_back(static_cast<std::int32_t>(next % k_vocab));
    }
    return tokens;
}

class GrownTraining : public ::testing::Test {
  protected:
    Checkpoint after_round(const Checkpoint& base, std::uint64_t round) const {
        const TrainConfig train = training();
        const auto windows = text(train.windows_per_unit() * train.window_tokens(), 100 + round);
        const auto result = train_unit(*machine_.kernels, {&base, train, windows}, Hash{});
        EXPECT_TRUE(result) << result.error().message;
        const Update update = *Update::decode(result->update, base.parameters.size(), train.quant_block);
        return *merge(*machine_.kernels, base, train, std::span(&update, 1));
    }
    Checkpoint trained(Checkpoint checkpoint, std::uint64_t first_round, std::uint64_t rounds) const {
        for (std::uint64_t i = 0; i < rounds; ++i)
            checkpoint = after_round(checkpoint, first_round + i);
        return checkpoint;
    }
    std::uint64_t loss(const Checkpoint& checkpoint) const {
        return *held_out_loss(*machine_.kernels, checkpoint, training(), text(2000, 1));
    }
    /// Every part of `grown` that is not in `small` differs in `later`.
    static void expect_all_new_parts_moved(const Checkpoint& small, const Checkpoint& grown,
                                           const Checkpoint& later) {
        const ParameterLayout old_layout = make_layout(small.config);
        for (const Tensor& tensor : make_layout(grown.config).tensors) {
            std::int64_t old_rows = 0, old_columns = 0;
            for (const Tensor& old : old_layout.tensors) {
                if (old.name == tensor.name) old_rows = old.rows, old_columns = old.columns;
            }
            if (old_rows == tensor.rows && old_columns == tensor.columns) continue;
            std::int64_t moved = 0, fresh = 0;
            for (std::int64_t i = 0; i < tensor.size(); ++i) {
                if (i / tensor.columns < old_rows && i % tensor.columns < old_columns) continue;
                const auto at = static_cast<std::size_t>(tensor.offset + i);
                ++fresh;
                if (later.parameters[at] != grown.parameters[at]) ++moved;
            }
            EXPECT_GT(moved, fresh / 2) << tensor.name;
        }
    }

    testing::Machine machine_ = testing::fastest_machine();
};

TEST_F(GrownTraining, LossGoesOnFallingAndNewParametersMove) {
    const Checkpoint start = *initial_checkpoint(small_model(), 1);
    const Checkpoint small = trained(start, 0, 8);
    EXPECT_LT(loss(small), loss(start));

    ModelConfig next = small_model();
    next.layers += 1;
    next.heads *= 2;
    next.kv_heads *= 2;
    next.ffn *= 2;
    const Checkpoint grown = *grow(small, next, 2);
    EXPECT_EQ(loss(grown), loss(small));

    std::uint64_t before = loss(grown);
    Checkpoint later = grown;
    for (std::uint64_t part = 0; part < 3; ++part) {
        later = trained(later, 8 + 8 * part, 8);
        EXPECT_LT(loss(later), before) << part;
        before = loss(later);
    }
    expect_all_new_parts_moved(small, grown, later);
    // The larger model gets further than the small one does with the same tokens.
    EXPECT_LT(loss(later), loss(trained(small, 8, 24)));
}

TEST_F(GrownTraining, AWiderModelGoesOnToo) {
    const Checkpoint small = trained(*initial_checkpoint(small_model(), 1), 0, 8);
    const Checkpoint wide = *widen(small, 32, 2);
    EXPECT_NEAR(static_cast<double>(loss(wide)), static_cast<double>(loss(small)), 10.0);
    const Checkpoint later = trained(wide, 8, 16);
    EXPECT_LT(loss(later), loss(wide));
    expect_all_new_parts_moved(small, wide, later);
}

}  // namespace
}  // namespace dure::trainer
