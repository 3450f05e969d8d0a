#include "trainer/rounds/work_unit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/blob.h"
#include "tests/trainer/rounds/units.h"
#include "tests/trainer/support.h"
#include "trainer/rounds/judge.h"
#include "trainer/rounds/merge.h"
#include "trainer/rounds/update.h"
#include "trainer/text/normalize.h"
#include "trainer/text/tokenizer.h"

namespace dure::trainer {
namespace {

using testing::fastest_machine;
using testing::on_every_machine;
using testing::SampleUnit;
using testing::tiny_model;
using testing::tiny_training;

const Hash k_unit_secret = sha256(as_bytes("secret"));

UnitResult trained(const Kernels& kernels, const WorkUnit& unit, const Hash& secret = k_unit_secret) {
    auto result = train_unit(kernels, unit, secret);
    EXPECT_TRUE(result) << result.error().message;
    return result ? *result : UnitResult{};
}

TEST(WorkUnit, GivesTheSameHashesOnEveryMachine) {
    const SampleUnit sample;
    std::optional<UnitResult> first;
    on_every_machine([&](const testing::Machine& machine) {
        const UnitResult result = trained(*machine.kernels, sample.unit());
        EXPECT_EQ(result.update_hash, trained(*machine.kernels, sample.unit()).update_hash) << machine.name;
        EXPECT_EQ(result.update_hash, blob_hash(result.update));
        if (!first) first = result;
        EXPECT_EQ(first->update_hash, result.update_hash) << machine.name;
        EXPECT_EQ(first->segment_root, result.segment_root) << machine.name;
        EXPECT_EQ(first->loss_first, result.loss_first) << machine.name;
        EXPECT_EQ(first->loss_last, result.loss_last) << machine.name;
        EXPECT_EQ(result.tokens, sample.train.tokens_per_unit());
    });
}

TEST(WorkUnit, EveryInputMatters) {
    const auto machine = fastest_machine();
    const SampleUnit sample;
    const UnitResult result = trained(*machine.kernels, sample.unit());

    SampleUnit other = sample;
    other.base.parameters[100] += 1e-3F;
    EXPECT_NE(trained(*machine.kernels, other.unit()).update_hash, result.update_hash);
    other = sample;
    other.windows.back() = (other.windows.back() + 1) % 21;
    EXPECT_NE(trained(*machine.kernels, other.unit()).segment_root, result.segment_root);
    other = sample;
    other.train.learning_rate = Float32(2e-2F);
    EXPECT_NE(trained(*machine.kernels, other.unit()).update_hash, result.update_hash);
    const UnitResult salted = trained(*machine.kernels, sample.unit(), sha256(as_bytes("another")));
    EXPECT_EQ(salted.update_hash, result.update_hash);
    EXPECT_EQ(salted.states, result.states);
    EXPECT_NE(salted.segment_root, result.segment_root);
}

TEST(WorkUnit, OneFlippedBitOfTheUpdateIsAnotherUpdate) {
    const auto machine = fastest_machine();
    const UnitResult result = trained(*machine.kernels, SampleUnit().unit());
    for (std::size_t place = 0; place < result.update.size(); place += 131) {
        Bytes forged = result.update;
        forged[place] ^= 1;
        EXPECT_NE(blob_hash(forged), result.update_hash);
    }
}

TEST(WorkUnit, ReportsProgressAndCanBeCancelled) {
    const auto machine = fastest_machine();
    const SampleUnit sample;
    std::vector<std::uint32_t> steps;
    const auto whole =
        train_unit(*machine.kernels, sample.unit(), k_unit_secret, [&](const UnitProgress& progress) {
            steps.push_back(progress.step);
            EXPECT_EQ(progress.steps, 3U);
            EXPECT_GT(progress.loss, 1000000U);
            return true;
        });
    ASSERT_TRUE(whole);
    EXPECT_EQ(steps, (std::vector<std::uint32_t>{1, 2, 3}));
    const auto cut = train_unit(*machine.kernels, sample.unit(), k_unit_secret,
                                [](const UnitProgress& progress) { return progress.step < 2; });
    ASSERT_FALSE(cut);
    EXPECT_EQ(cut.error().code, ErrorCode::unavailable);
}

TEST(WorkUnit, RefusesWindowsThatDoNotFit) {
    const auto machine = fastest_machine();
    SampleUnit sample;
    sample.windows.pop_back();
    EXPECT_EQ(train_unit(*machine.kernels, sample.unit(), k_unit_secret).error().code, ErrorCode::invalid);
    for (const std::int32_t bad : {-1, 21, 22, 1 << 30}) {
        sample = SampleUnit();
        sample.windows[7] = bad;
        EXPECT_EQ(train_unit(*machine.kernels, sample.unit(), k_unit_secret).error().code,
                  ErrorCode::invalid);
    }
    sample = SampleUnit();
    sample.train.steps = 0;
    EXPECT_EQ(train_unit(*machine.kernels, sample.unit(), k_unit_secret).error().code,
              ErrorCode::out_of_range);
    sample = SampleUnit();
    sample.base.parameters.pop_back();
    EXPECT_EQ(train_unit(*machine.kernels, sample.unit(), k_unit_secret).error().code, ErrorCode::invalid);
}

TEST(WorkUnit, WhoseNumbersOverflowIsNull) {
    SampleUnit sample;
    for (float& p : sample.base.parameters)
        p *= 1e15F;  // the logits overflow in the first step
    std::optional<Hash> first;
    on_every_machine([&](const testing::Machine& machine) {
        const UnitResult result = trained(*machine.kernels, sample.unit());
        EXPECT_TRUE(result.is_null);
        EXPECT_EQ(result.tokens, 0U);
        const auto update =
            Update::decode(result.update, sample.base.parameters.size(), sample.train.quant_block);
        ASSERT_TRUE(update);
        ASSERT_TRUE(update->is_null());
        EXPECT_EQ(update->null_step(), 1U);
        if (!first) first = result.update_hash;
        EXPECT_EQ(*first, result.update_hash) << machine.name;
    });
}

TEST(WorkUnit, NullInALaterStepStandsOnTheStateBeforeIt) {
    const SampleUnit sample = testing::overflowing_unit(2, 3, 1);
    SampleUnit first_step = sample;
    first_step.train.steps = first_step.train.warmup_steps = 1;
    first_step.windows.resize(std::size_t{sample.train.batch} * sample.train.window_tokens());
    on_every_machine([&](const testing::Machine& machine) {
        const UnitResult result = trained(*machine.kernels, sample.unit());
        ASSERT_TRUE(result.is_null) << machine.name;
        const auto update =
            Update::decode(result.update, sample.base.parameters.size(), sample.train.quant_block);
        ASSERT_TRUE(update && update->is_null());
        EXPECT_EQ(update->null_step(), 2U);
        EXPECT_EQ(result.tokens, std::uint64_t{sample.train.batch} * sample.train.sequence);
        // The boundaries: the start, the end of the first step, and twice the step that failed from there.
        const UnitResult one_step = trained(*machine.kernels, first_step.unit());
        EXPECT_FALSE(one_step.is_null);
        ASSERT_EQ(one_step.states.size(), 2U);
        EXPECT_EQ(one_step.states[0], start_state(sample.base).hash());
        const Hash failed = not_finite_state(2, one_step.states[1]);
        EXPECT_EQ(result.states, (std::vector<Hash>{one_step.states[0], one_step.states[1], failed, failed}));
        EXPECT_EQ(result.segment_root, segment_root(k_unit_secret, result.states));
    });
}

TEST(Rounds, TwoTrainersLearnKoreanTogether) {
    const auto machine = fastest_machine();
    std::string text;
    for (const char* who : {"농부가", "아이가", "할머니가", "이웃이", "선생님이", "친구가"}) {
        for (const char* where : {"논에서", "밭에서", "마당에서", "강가에서", "시장에서"}) {
            for (const char* what : {"노래를 부른다.", "씨앗을 심는다.", "책을 읽었다.", "물을 길어 왔다."}) {
                text += std::string(who) + " " + where + " " + what + "\n";
            }
        }
    }
    const auto tokenizer = Tokenizer::load(*Tokenizer::train(*normalize_text(text), 400));
    ASSERT_TRUE(tokenizer);
    const Tokens tokens = tokenizer->encode(text);

    ModelConfig model = tiny_model();
    model.vocab = model.active_vocab = tokenizer->size();
    model.dim = 16;
    TrainConfig train = tiny_training();
    train.steps = 12;
    train.batch = 4;
    train.learning_rate = Float32(2e-2F);
    train.learning_rate_floor = Float32(1e-2F);
    Checkpoint checkpoint = *initial_checkpoint(model, 1);
    const auto loss = [&] { return *held_out_loss(*machine.kernels, checkpoint, train, tokens); };
    const std::uint64_t first = loss();
    EXPECT_NEAR(static_cast<double>(first) * 1e-6, std::log(static_cast<double>(model.vocab)), 0.3);
    testing::Numbers numbers(3);
    for (int round = 0; round < 4; ++round) {
        std::vector<Update> updates;
        for (int trainer = 0; trainer < 2; ++trainer) {
            Tokens windows;
            for (std::uint64_t w = 0; w < train.windows_per_unit(); ++w) {
                const auto at = static_cast<std::ptrdiff_t>(
                    numbers.below(static_cast<std::uint32_t>(tokens.size() - train.window_tokens())));
                windows.insert(windows.end(), tokens.begin() + at,
                               tokens.begin() + at + train.window_tokens());
            }
            const UnitResult result = trained(*machine.kernels, {&checkpoint, train, windows});
            EXPECT_LT(result.loss_last, result.loss_first);
            updates.push_back(
                *Update::decode(result.update, checkpoint.parameters.size(), train.quant_block));
        }
        checkpoint = *merge(*machine.kernels, checkpoint, train, updates);
    }
    EXPECT_LT(static_cast<double>(loss()), 0.6 * static_cast<double>(first));
}

}  // namespace
}  // namespace dure::trainer
