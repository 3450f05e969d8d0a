#include "tests/adversary/world.h"

#include <gtest/gtest.h>

#include <array>
#include <random>

#include "base/blob.h"
#include "trainer/kernels/kernels.h"
#include "trainer/rounds/checkpoint.h"
#include "trainer/rounds/judge.h"
#include "trainer/text/minhash.h"
#include "trainer/text/normalize.h"
#include "trainer/text/tokenizer.h"

namespace dure::adversary {

namespace {

constexpr std::array k_syllables{"가", "나", "다", "라", "마", "바", "사", "아", "자", "하", "고", "노",
                                 "도", "로", "모", "보", "소", "오", "조", "호", "구", "누", "두", "루",
                                 "무", "부", "수", "우", "주", "후", "기", "니", "디", "리", "미", "비"};
constexpr std::size_t k_words = 600;
constexpr std::uint32_t k_vocab = 320;
constexpr std::uint64_t k_held_out_seed = 1'000'003;
constexpr std::size_t k_held_out_sentences = 80;

template <class T>
T must(Result<T> result) {
    EXPECT_TRUE(result) << (result ? "" : result.error().message);
    return std::move(*result);
}

const std::vector<std::string>& words() {
    static const std::vector<std::string> made = [] {
        std::mt19937_64 random(7);
        std::vector<std::string> list;
        for (std::size_t i = 0; i < k_words; ++i) {
            std::string word;
            for (std::uint64_t n = 2 + random() % 2; n > 0; --n)
                word += k_syllables[random() % k_syllables.size()];
            list.push_back(word);
        }
        return list;
    }();
    return made;
}

/// Every member of the list is as likely as those before it together with it are many.
const std::string& frequent_word(std::mt19937_64& random) {
    const std::uint64_t bound = 1 + random() % k_words;
    return words()[random() % bound];
}

trainer::ModelConfig tiny_model(std::uint32_t vocab) {
    trainer::ModelConfig config;
    config.vocab = vocab;
    config.active_vocab = vocab;
    config.dim = 8;
    config.layers = 1;
    config.heads = 2;
    config.kv_heads = 1;
    config.head_dim = 4;
    config.ffn = 16;
    config.max_sequence = 32;
    return config;
}

trainer::TrainConfig tiny_training() {
    trainer::TrainConfig train;
    train.steps = 8;
    train.batch = 2;
    train.sequence = 16;
    train.segment_steps = 2;
    train.warmup_steps = 1;
    train.learning_rate = trainer::Float32(1e-2F);
    train.learning_rate_floor = trainer::Float32(1e-3F);
    train.update_norm_max = trainer::Float32(10.0F);
    train.outer_momentum = trainer::Float32(0.5F);
    train.held_out_windows = 8;
    train.score_windows = 8;
    train.score_step = trainer::Float32(0.1F);
    return train;
}

template <class Config>
ledger::TrainerConfig encoded(const Config& config) {
    return ledger::TrainerConfig(encode(config));
}

World make_world() {
    World made;
    made.held_out_text = sentences(k_held_out_seed, k_held_out_sentences);
    made.held_out = to_bytes(as_bytes(made.held_out_text));
    made.tokenizer = must(trainer::Tokenizer::train(sentences(1, 400), k_vocab));
    const trainer::Tokenizer tokenizer = must(trainer::Tokenizer::load(made.tokenizer));
    made.model = tiny_model(tokenizer.size());
    made.train = tiny_training();
    const trainer::Checkpoint checkpoint = must(trainer::initial_checkpoint(made.model, 1));
    made.checkpoint = checkpoint.encode();
    const trainer::Tokens held_out = tokenizer.encode(made.held_out_text);
    trainer::SerialExecutor executor;
    const auto kernels = trainer::make_kernels(trainer::best_isa(), executor);
    ledger::GenesisModel& genesis = made.genesis;
    genesis.arithmetic_profile = decltype(genesis.arithmetic_profile)(std::string("fp32-chain-1"));
    genesis.architecture = encoded(made.model);
    genesis.training = encoded(made.train);
    genesis.windows_per_unit = static_cast<std::uint32_t>(made.train.windows_per_unit());
    genesis.window_tokens = made.train.window_tokens();
    genesis.unit = {.steps = made.train.steps, .segment_steps = made.train.segment_steps};
    genesis.tokenizer_blob = blob_hash(made.tokenizer);
    genesis.checkpoint_root = checkpoint.root();
    genesis.checkpoint_blob = blob_hash(made.checkpoint);
    genesis.held_out_loss = must(trainer::held_out_loss(*kernels, checkpoint, made.train, held_out));
    genesis.held_out_blob = blob_hash(made.held_out);
    genesis.held_out_tokens = held_out.size();
    genesis.held_out_sketch = {trainer::sketch_bytes(trainer::sketch_of(made.held_out_text))};
    return made;
}

}  // namespace

std::string sentences(std::uint64_t seed, std::size_t count) {
    std::mt19937_64 random(seed);
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
        text += frequent_word(random) + "는 " + frequent_word(random) + "에서 " + frequent_word(random) +
                "를 " + frequent_word(random) + "다.\n";
    }
    return must(trainer::normalize_text(text));
}

const World& world() {
    static const World made = make_world();
    return made;
}

}  // namespace dure::adversary
