#include "trainer/local/local_run.h"

#include <gtest/gtest.h>

#include "tests/trainer/support.h"

namespace dure::trainer {
namespace {

LocalPlan small_plan() {
    const ModelConfig model = testing::tiny_model();
    LocalPlan plan{*initial_checkpoint(model, 3), testing::tiny_training(), 5, {}};
    plan.train.steps = 12;
    Source text;
    text.weight = 2;
    text.text = testing::random_tokens(400, model.active_vocab, 1);
    Source examples;
    for (std::uint64_t i = 0; i < 20; ++i)
        examples.examples.push_back({testing::random_tokens(3 + i, model.active_vocab, 10 + i), {4}});
    plan.sources = {text, examples};
    return plan;
}

std::vector<LocalStep> run_to(LocalRun& run, std::uint32_t steps) {
    std::vector<LocalStep> done;
    while (run.steps() < steps) {
        auto step = run.step();
        EXPECT_TRUE(step) << step.error().message;
        done.push_back(*step);
    }
    return done;
}

TEST(LocalRun, SourcesTakeTheirShareOfTheSteps) {
    const LocalPlan plan = small_plan();
    const auto machine = testing::fastest_machine();
    auto run = *LocalRun::start(*machine.kernels, plan);
    const auto steps = run_to(run, 12);
    EXPECT_TRUE(run.finished());
    std::size_t of_examples = 0;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        EXPECT_EQ(steps[i].step, i + 1);
        of_examples += steps[i].source;
        EXPECT_LE(of_examples, i / 3 + 1);
    }
    EXPECT_EQ(of_examples, 4U);
}

TEST(LocalRun, InterruptedAndResumedItGivesTheSameBitsOnEveryMachine) {
    const LocalPlan plan = small_plan();
    std::vector<float> expected;
    testing::on_every_machine([&](const testing::Machine& machine) {
        auto run = *LocalRun::start(*machine.kernels, plan);
        run_to(run, 5);
        const Bytes state = run.state();
        auto resumed = LocalRun::start(*machine.kernels, plan, ByteView(state));
        ASSERT_TRUE(resumed) << resumed.error().message;
        EXPECT_EQ(resumed->steps(), 5U);
        run_to(run, 12);
        run_to(*resumed, 12);
        EXPECT_EQ(run.state(), resumed->state());
        if (expected.empty()) expected = run.checkpoint().parameters;
        EXPECT_EQ(expected, resumed->checkpoint().parameters) << machine.name;
    });
    EXPECT_NE(expected, plan.base.parameters);
}

TEST(LocalRun, LearnsWhatItIsTold) {
    LocalPlan plan = small_plan();
    plan.sources.erase(plan.sources.begin());
    plan.train.steps = 150;
    const auto machine = testing::fastest_machine();
    auto run = *LocalRun::start(*machine.kernels, plan);
    const auto steps = run_to(run, 150);
    EXPECT_GT(steps.front().loss, 2.0);
    EXPECT_LT(steps.back().loss, 0.3);
}

TEST(LocalRun, RefusesStatesThatAreDamagedOrOfAnotherPlan) {
    const LocalPlan plan = small_plan();
    const auto machine = testing::fastest_machine();
    auto run = *LocalRun::start(*machine.kernels, plan);
    run_to(run, 2);
    const Bytes state = run.state();
    const auto code = [&](const LocalPlan& wanted, ByteView bytes) {
        const auto result = LocalRun::start(*machine.kernels, wanted, bytes);
        return result ? ErrorCode::internal : result.error().code;
    };
    for (std::size_t at = 0; at < state.size(); at += 997) {
        Bytes damaged = state;
        damaged[at] ^= 1;
        EXPECT_EQ(code(plan, damaged), ErrorCode::corrupt);
    }
    EXPECT_EQ(code(plan, ByteView(state).first(10)), ErrorCode::corrupt);
    LocalPlan other = plan;
    other.seed = 6;
    EXPECT_EQ(code(other, state), ErrorCode::conflict);
    other = plan;
    other.sources[0].text.back() ^= 1;
    EXPECT_EQ(code(other, state), ErrorCode::conflict);
}

TEST(LocalRun, RefusesPlansThatCannotBeRun) {
    const auto machine = testing::fastest_machine();
    const auto refused = [&](const auto& change) {
        LocalPlan plan = small_plan();
        change(plan);
        return !LocalRun::start(*machine.kernels, plan);
    };
    EXPECT_FALSE(refused([](LocalPlan&) {}));
    EXPECT_TRUE(refused([](LocalPlan& plan) { plan.sources.clear(); }));
    EXPECT_TRUE(refused([](LocalPlan& plan) { plan.sources[0].text[7] = 1000; }));
    EXPECT_TRUE(refused([](LocalPlan& plan) { plan.sources[1].examples[3].context[0] = -2; }));
    EXPECT_TRUE(refused([](LocalPlan& plan) { plan.train.sequence = 128; }));
    EXPECT_TRUE(refused([](LocalPlan& plan) { plan.base.parameters.pop_back(); }));
}

}  // namespace
}  // namespace dure::trainer
