// The whole model on the GPU's kernels: work units and answers are those of the CPU, and nothing on the way reads the
// device's memory as its own.
#include <gtest/gtest.h>

#include "tests/trainer/kernels/cuda/shim_machines.h"
#include "tests/trainer/support.h"
#include "trainer/inference/generator.h"
#include "trainer/kernels/device.h"
#include "trainer/kernels/device_choice.h"
#include "trainer/kernels/self_check.h"
#include "trainer/model/initialize.h"
#include "trainer/rounds/judge.h"
#include "trainer/rounds/merge.h"
#include "trainer/rounds/windows.h"
#include "trainer/rounds/work_unit.h"

namespace dure::trainer {
namespace {

using testing::random_tokens;
using testing::shim_machines;
using testing::tiny_model;
using testing::tiny_training;

TEST(GpuModel, TrainsToTheSameBitsAsTheCpu) {
    const auto cpu = testing::fastest_machine();
    for (const bool tied : {true, false}) {
        const Checkpoint base = *initial_checkpoint(tiny_model(tied), 1);
        const TrainConfig train = tiny_training();
        const auto windows =
            random_tokens(train.windows_per_unit() * train.window_tokens(), tiny_model().active_vocab, 21);
        const Hash secret = sha256(as_bytes("secret"));
        const WorkUnit unit{&base, train, windows};
        const auto expected = train_unit(*cpu.kernels, unit, secret);
        ASSERT_TRUE(expected);
        for (const auto& machine : shim_machines()) {
            const auto result = train_unit(*machine.kernels, unit, secret);
            ASSERT_TRUE(result) << result.error().message;
            EXPECT_EQ(result->update_hash, expected->update_hash) << machine.name;
            EXPECT_EQ(result->segment_root, expected->segment_root) << machine.name;
            EXPECT_EQ(result->loss_first, expected->loss_first) << machine.name;
            EXPECT_EQ(result->loss_last, expected->loss_last) << machine.name;
        }
    }
}

TEST(GpuModel, JudgesAndMergesAsTheCpuDoes) {
    const auto cpu = testing::fastest_machine();
    const Checkpoint base = *initial_checkpoint(tiny_model(), 1);
    const TrainConfig train = tiny_training();
    const auto shard = random_tokens(200, tiny_model().active_vocab, 3);
    const auto held_out = random_tokens(300, tiny_model().active_vocab, 4);
    std::vector<float> result = base.parameters;
    for (float& p : result)
        p += 1e-3F;
    const std::vector<Update> updates{Update::quantize(base.parameters, result, train.quant_block)};
    const Kernels& gpu = *shim_machines().front().kernels;
    EXPECT_EQ(held_out_loss(gpu, base, train, held_out).value(),
              held_out_loss(*cpu.kernels, base, train, held_out).value());
    const Hash seed = TaggedHash("dure/test")(as_bytes("a seed"));
    const auto windows = spread_windows(held_out, train.sequence, 4);
    EXPECT_EQ(score_shard(gpu, base, train, shard, seed, windows).value(),
              score_shard(*cpu.kernels, base, train, shard, seed, windows).value());
    EXPECT_EQ(merge(gpu, base, train, updates)->root(), merge(*cpu.kernels, base, train, updates)->root());
}

TEST(GpuModel, AnswersAsTheCpuDoes) {
    const auto cpu = testing::fastest_machine();
    const ModelConfig config = tiny_model();
    const auto parameters = initialize_parameters(config, 5);
    const auto prompt = random_tokens(20, config.active_vocab, 6);
    SamplingParams params;
    params.max_tokens = 12;
    params.temperature = Float32(0.9F);
    params.seed = 7;
    auto expected = Generator::create(*cpu.kernels, config, parameters);
    ASSERT_TRUE(expected);
    const auto answer = expected->generate(prompt, params);
    ASSERT_TRUE(answer);
    for (const auto& machine : shim_machines()) {
        auto generator = Generator::create(*machine.kernels, config, parameters);
        ASSERT_TRUE(generator);
        const auto result = generator->generate(prompt, params);
        ASSERT_TRUE(result) << result.error().message;
        EXPECT_EQ(result->tokens, answer->tokens) << machine.name;
    }
}

TEST(SelfCheck, FindsTheGpusKernelsEqualToTheReference) {
    const auto checks = check_operators(*shim_machines().front().kernels);
    EXPECT_GE(checks.size(), 9U);
    for (const OperatorCheck& check : checks) {
        EXPECT_GT(check.cases, 0) << check.name;
        EXPECT_EQ(check.first_difference, "") << check.name;
        EXPECT_EQ(check.unequal, 0) << check.name;
    }
}

TEST(DeviceChoice, NamesWhatThereIsAndWhatIsMissing) {
    DeviceKind kind = DeviceKind::cpu;
    EXPECT_TRUE(device_kind_from_name("cuda", kind));
    EXPECT_EQ(kind, DeviceKind::cuda);
    EXPECT_FALSE(device_kind_from_name("tpu", kind));
    EXPECT_EQ(device_fault(DeviceKind::cpu), "");
    SerialExecutor executor;
    EXPECT_TRUE(make_kernels(DeviceKind::cpu, best_isa(), executor)->device().is_host());
    if (device_fault(DeviceKind::cuda).empty()) {
        EXPECT_FALSE(make_kernels(DeviceKind::cuda, best_isa(), executor)->device().is_host());
    } else {
        EXPECT_THROW(make_kernels(DeviceKind::cuda, best_isa(), executor), DeviceError);
    }
}

}  // namespace
}  // namespace dure::trainer
