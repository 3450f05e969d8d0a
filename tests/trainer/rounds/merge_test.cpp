#include "trainer/rounds/merge.h"

#include <gtest/gtest.h>

#include <cmath>
#include <optional>
#include <string>

#include "tests/trainer/support.h"
#include "trainer/rounds/norm.h"

namespace dure::trainer {
namespace {

using testing::fastest_machine;
using testing::Numbers;
using testing::on_every_machine;
using testing::tiny_model;
using testing::tiny_training;

Checkpoint sample_base() {
    Checkpoint base = *initial_checkpoint(tiny_model(), 1);
    Numbers numbers(2);
    for (float& m : base.outer_momentum)
        m = 0.01F * numbers.unit();
    return base;
}

Update sample_update(const Checkpoint& base, std::uint64_t seed, float size = 0.01F) {
    Numbers numbers(seed);
    std::vector<float> result = base.parameters;
    for (float& p : result)
        p -= size * numbers.unit();
    return Update::quantize(base.parameters, result, tiny_training().quant_block);
}

TEST(Merge, IsNesterovOnTheMean) {
    const auto machine = fastest_machine();
    const Checkpoint base = sample_base();
    TrainConfig train = tiny_training();
    train.outer_learning_rate = Float32(0.75F);
    const std::vector<Update> updates{sample_update(base, 1), sample_update(base, 2), sample_update(base, 3)};
    const auto next = merge(*machine.kernels, base, train, updates);
    ASSERT_TRUE(next) << next.error().message;
    EXPECT_EQ(next->config, base.config);
    std::vector<double> mean(base.parameters.size(), 0.0);
    std::vector<float> one(mean.size());
    for (const Update& update : updates) {
        update.dequantize(one);
        for (std::size_t i = 0; i < mean.size(); ++i)
            mean[i] += static_cast<double>(one[i]) / 3.0;
    }
    for (std::size_t i = 0; i < mean.size(); ++i) {
        const double momentum = 0.5 * static_cast<double>(base.outer_momentum[i]) + mean[i];
        const double parameter = static_cast<double>(base.parameters[i]) - 0.75 * (mean[i] + 0.5 * momentum);
        ASSERT_NEAR(static_cast<double>(next->outer_momentum[i]), momentum, 1e-7);
        ASSERT_NEAR(static_cast<double>(next->parameters[i]), parameter, 1e-6);
    }
}

TEST(Merge, GivesTheSameBitsOnEveryMachine) {
    const Checkpoint base = sample_base();
    const std::vector<Update> updates{sample_update(base, 1), sample_update(base, 2), sample_update(base, 3)};
    std::optional<Checkpoint> first;
    on_every_machine([&](const testing::Machine& machine) {
        const auto next = merge(*machine.kernels, base, tiny_training(), updates);
        ASSERT_TRUE(next);
        if (!first) first = *next;
        EXPECT_EQ(*first, *next) << machine.name;
    });
}

TEST(Merge, CountsNullUnitsAsNothing) {
    const auto machine = fastest_machine();
    const Checkpoint base = sample_base();
    const Update one = sample_update(base, 1);
    const Update null = Update::null(base.parameters.size(), 1);
    EXPECT_EQ(*merge(*machine.kernels, base, tiny_training(), std::vector<Update>{null, one, null}),
              *merge(*machine.kernels, base, tiny_training(), std::vector<Update>{one}));
    const auto void_round = merge(*machine.kernels, base, tiny_training(), std::vector<Update>{null});
    ASSERT_FALSE(void_round);
    EXPECT_EQ(void_round.error().code, ErrorCode::invalid);
    EXPECT_FALSE(merge(*machine.kernels, base, tiny_training(), {}));
}

TEST(Merge, CapsAnUpdatesNorm) {
    const auto machine = fastest_machine();
    Checkpoint base = sample_base();
    base.outer_momentum.assign(base.parameters.size(), 0.0F);
    TrainConfig train = tiny_training();
    train.outer_momentum = Float32(0.0F);
    train.update_norm_max = Float32(2.0F);
    for (const float size :
         {10.0F, 1e20F, 1e38F}) {  // the square of 1e20 overflows: such an update counts as zeros
        const auto next =
            merge(*machine.kernels, base, train, std::vector<Update>{sample_update(base, 1, size)});
        ASSERT_TRUE(next);
        double norm = 0;
        for (std::size_t i = 0; i < base.parameters.size(); ++i) {
            const double moved =
                static_cast<double>(next->parameters[i]) - static_cast<double>(base.parameters[i]);
            norm += moved * moved;
        }
        EXPECT_LE(std::sqrt(norm), 2.0001);
    }
}

TEST(Merge, LeavesOutAnUpdateWhoseNormIsRefused) {
    const auto machine = fastest_machine();
    const Checkpoint base = sample_base();
    TrainConfig train = tiny_training();
    train.update_norm_max = Float32(2.0F);
    const Update honest = sample_update(base, 1);
    for (const float size : {10.0F, 1e20F}) {
        const Update large = sample_update(base, 2, size);
        const float squares = norm_squared(*machine.kernels, large);
        const std::vector<Update> both{large, honest};
        train.update_norm_refused = Float32(0.0F);
        EXPECT_TRUE(check_norm(train, squares));
        EXPECT_NE(*merge(*machine.kernels, base, train, both),
                  *merge(*machine.kernels, base, train, std::vector<Update>{honest}));
        train.update_norm_refused = Float32(4.0F);
        const Status refused = check_norm(train, squares);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, ErrorCode::out_of_range);
        EXPECT_NE(refused.error().message.find("4.0"), std::string::npos);
        EXPECT_EQ(*merge(*machine.kernels, base, train, both),
                  *merge(*machine.kernels, base, train, std::vector<Update>{honest}));
        EXPECT_FALSE(merge(*machine.kernels, base, train, std::vector<Update>{large}));
    }
    EXPECT_TRUE(check_norm(train, norm_squared(*machine.kernels, honest)));
    EXPECT_TRUE(check_norm(train, 16.0F));
    EXPECT_FALSE(check_norm(train, std::nextafter(16.0F, 17.0F)));
}

TEST(Merge, RefusesUpdatesOfAnotherSize) {
    const auto machine = fastest_machine();
    const Checkpoint base = sample_base();
    const std::vector<float> zeros(base.parameters.size() + 1, 0.0F);
    const std::vector<Update> updates{Update::quantize(zeros, zeros, 64)};
    EXPECT_FALSE(merge(*machine.kernels, base, tiny_training(), updates));
}

}  // namespace
}  // namespace dure::trainer
