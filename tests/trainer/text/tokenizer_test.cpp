#include "trainer/text/tokenizer.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <sentencepiece_trainer.h>

#include <sstream>
#include <string>
#include <unordered_map>
#include <utility>

#include "trainer/text/normalize.h"
#include "trainer/text/utf8.h"

namespace dure::trainer {
namespace {

// A small Korean text with some variety, made of a few phrases.
std::string sample_text() {
    const char* const who[] = {"농부가",        "아이가",   "할머니가", "이웃이",
                               "마을 사람들이", "선생님이", "친구가"};
    const char* const where[] = {"논에서", "밭에서", "마당에서", "학교에서", "강가에서", "시장에서"};
    const char* const what[] = {"노래를 부른다.", "씨앗을 심는다.", "책을 읽었다.", "물을 길어 왔다.",
                                "쌀 3가마를 나누었다."};
    std::string text;
    for (const char* a : who) {
        for (const char* b : where) {
            for (const char* c : what)
                text += std::string(a) + " " + b + " " + c + "\n";
        }
    }
    return text;
}

const Bytes& sample_model() {
    static const Bytes model = [] {
        auto trained = Tokenizer::train(sample_text(), 400);
        EXPECT_TRUE(trained) << trained.error().message;
        return *trained;
    }();
    return model;
}

const Tokenizer& sample_tokenizer() {
    static const Tokenizer tokenizer = [] {
        auto loaded = Tokenizer::load(sample_model());
        EXPECT_TRUE(loaded) << loaded.error().message;
        return std::move(*loaded);
    }();
    return tokenizer;
}

TEST(Tokenizer, TrainingIsReproducible) {
    EXPECT_EQ(*Tokenizer::train(sample_text(), 400), sample_model());
}

TEST(Tokenizer, KnowsItsFixedPieces) {
    EXPECT_LE(sample_tokenizer().size(), 400U);
    EXPECT_GT(sample_tokenizer().size(), 320U);
    EXPECT_EQ(sample_tokenizer().piece_bytes(k_newline_token), "\n");
    EXPECT_EQ(sample_tokenizer().piece_bytes(k_end_token), "");
    EXPECT_EQ(sample_tokenizer().piece_bytes(-1), "");
    EXPECT_EQ(sample_tokenizer().piece_bytes(1 << 20), "");
}

TEST(Tokenizer, LearnsPiecesLongerThanACharacter) {
    const std::string line = "농부가 논에서 노래를 부른다.";
    EXPECT_LT(sample_tokenizer().encode(line).size(), 10U);
}

TEST(Tokenizer, DecodesWhatItEncoded) {
    for (const std::string text :
         {"농부가 논에서\n아이가 책을 읽었다.\n", "unknown λ 😀 글자\n둘째 줄", "", "a", " 1234  "}) {
        EXPECT_EQ(sample_tokenizer().decode(sample_tokenizer().encode(text)), text);
    }
    const bool holds = rc::check("decode(encode(normalize(x))) == normalize(x)", [] {
        const auto units = *rc::gen::container<std::string>(rc::gen::arbitrary<char>());
        std::string pending = units;
        std::string text = take_whole_characters(pending);
        const auto normal = normalize_text(text);
        RC_ASSERT(normal.has_value());
        const Tokens tokens = sample_tokenizer().encode(*normal);
        RC_ASSERT(sample_tokenizer().decode(tokens) == *normal);
        for (const Token token : tokens)
            RC_ASSERT(token > 0 && token < static_cast<Token>(sample_tokenizer().size()));
    });
    EXPECT_TRUE(holds);
}

TEST(Tokenizer, RefusesWhatIsNoModel) {
    EXPECT_FALSE(Tokenizer::load({}));
    EXPECT_FALSE(Tokenizer::load(as_bytes("this is not a model")));
    EXPECT_FALSE(Tokenizer::train("", 400));
    EXPECT_FALSE(Tokenizer::train("하나\n", 10));
    for (std::size_t cut = 1; cut < sample_model().size(); cut += 97) {
        Bytes damaged = sample_model();
        damaged.resize(cut);
        (void)Tokenizer::load(damaged);  // must return, with or without an error
        damaged = sample_model();
        damaged[cut] ^= 0x41;
        (void)Tokenizer::load(damaged);
    }
}

TEST(StreamDecoder, GivesOutWholeCharactersOnly) {
    const std::string text = "논 🌾 λ밭\n끝";
    const Tokens tokens = sample_tokenizer().encode(text);
    StreamDecoder decoder(sample_tokenizer());
    std::string all;
    for (const Token token : tokens) {
        const std::string part = decoder.push(token);
        std::string pending = part;
        EXPECT_EQ(take_whole_characters(pending), part);
        EXPECT_TRUE(pending.empty());
        all += part;
    }
    EXPECT_EQ(all + decoder.finish(), text);
}

TEST(StreamDecoder, KeepsABlankThatGoesOnBehindAPrompt) {
    const Tokens tokens = sample_tokenizer().encode("논에서");
    StreamDecoder decoder(sample_tokenizer(), false);
    std::string all;
    for (const Token token : tokens)
        all += decoder.push(token);
    EXPECT_EQ(all, " 논에서");
}

TEST(StreamDecoder, ReplacesWhatStaysIncomplete) {
    Tokens tokens = sample_tokenizer().encode("🌾");
    tokens.pop_back();
    EXPECT_EQ(sample_tokenizer().decode(tokens), std::string(k_replacement_character));
}

TEST(TakeWholeCharacters, ReplacesMaximalPartsAsUnicodeRecommends) {
    // The Unicode Standard 15.0, table 3-8 and following.
    std::string pending = "\x61\xF1\x80\x80\xE1\x80\xC2\x62\x80\x63\x80\xBF\x64";
    EXPECT_EQ(take_whole_characters(pending), "a\uFFFD\uFFFD\uFFFDb\uFFFDc\uFFFD\uFFFDd");
    EXPECT_TRUE(pending.empty());
}

TEST(TokenIdsHash, DependsOnEveryIdAndTheLength) {
    const Tokens tokens{5, 6, 7};
    EXPECT_EQ(token_ids_hash(tokens), token_ids_hash(Tokens{5, 6, 7}));
    EXPECT_NE(token_ids_hash(tokens), token_ids_hash(Tokens{5, 6, 8}));
    EXPECT_NE(token_ids_hash(tokens), token_ids_hash(Tokens{5, 6}));
    EXPECT_NE(token_ids_hash(Tokens{}), token_ids_hash(Tokens{0}));
}

class SampleLines final : public sentencepiece::SentenceIterator {
  public:
    SampleLines() { Next(); }
    bool done() const override { return done_; }
    void Next() override { done_ = !std::getline(text_, line_); }
    const std::string& value() const override { return line_; }
    sentencepiece::util::Status status() const override { return {}; }

  private:
    std::istringstream text_{sample_text()};
    std::string line_;
    bool done_ = false;
};

/// A model as foreign ones are made: no piece for the line feed, other options as `more` says.
Bytes foreign_model(const std::unordered_map<std::string, std::string>& more) {
    std::unordered_map<std::string, std::string> options = more;
    options.merge(std::unordered_map<std::string, std::string>{{"model_type", "bpe"},
                                                               {"vocab_size", "400"},
                                                               {"hard_vocab_limit", "false"},
                                                               {"byte_fallback", "true"},
                                                               {"normalization_rule_name", "identity"},
                                                               {"remove_extra_whitespaces", "false"},
                                                               {"minloglevel", "2"}});
    SampleLines lines;
    std::string model;
    const auto status = sentencepiece::SentencePieceTrainer::Train(options, &lines, &model);
    EXPECT_TRUE(status.ok()) << status.ToString();
    return {model.begin(), model.end()};
}

TEST(Tokenizer, TakesLlamasPieces) {
    const auto tokenizer = Tokenizer::load(foreign_model({}));
    ASSERT_TRUE(tokenizer) << tokenizer.error().message;
    EXPECT_EQ(tokenizer->piece_bytes(k_newline_token), std::string(1, '\0'));
    EXPECT_EQ(tokenizer->newline(), k_newline_token + 10);
    EXPECT_EQ(tokenizer->piece_bytes(tokenizer->newline()), "\n");
    for (const std::string text :
         {"농부가 논에서\n아이가 책을 읽었다.\n", "unknown λ 😀 글자\n둘째 줄", "a", ""})
        EXPECT_EQ(tokenizer->decode(tokenizer->encode(text)), text);
}

TEST(Tokenizer, RefusesModelsThatChangeTheText) {
    const std::pair<const char*, const char*> mistakes[] = {{"normalization_rule_name", "nmt_nfkc"},
                                                            {"normalization_rule_name", "nfkc_cf"},
                                                            {"byte_fallback", "false"},
                                                            {"bos_id", "-1"}};
    for (const auto& [option, value] : mistakes) {
        const auto tokenizer = Tokenizer::load(foreign_model({{option, value}}));
        ASSERT_FALSE(tokenizer) << option;
        EXPECT_EQ(tokenizer.error().code, ErrorCode::invalid) << option;
    }
}

}  // namespace
}  // namespace dure::trainer
