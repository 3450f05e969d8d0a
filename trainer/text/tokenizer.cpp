#include "trainer/text/tokenizer.h"

#include <sentencepiece_processor.h>
#include <sentencepiece_trainer.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/assert.h"
#include "trainer/text/utf8.h"

namespace dure::trainer {
namespace {

constexpr std::uint32_t k_vocab_min = 320;
constexpr std::uint32_t k_vocab_max = 65536;
constexpr std::size_t k_training_line_bytes = 4096;  // SentencePiece would skip lines above 4192
// What normalizing tokenizers would change: compatibility forms, a ligature, capitals.
constexpr std::string_view k_probe =
    "\xEF\xBC\xA1\xE2\x91\xA0 \xEF\xAC\x81 Dure \xEB\x91\x90\xEB\xA0\x88\nA1\n";
constexpr std::string_view k_blank = "\xE2\x96\x81";  // U+2581, SentencePiece's space

// The lines of a text, in pieces that SentencePiece takes whole.
class LineIterator final : public sentencepiece::SentenceIterator {
  public:
    explicit LineIterator(std::string_view text) : rest_(text) { Next(); }

    bool done() const override { return done_; }
    const std::string& value() const override { return line_; }
    sentencepiece::util::Status status() const override { return {}; }

    void Next() override {
        do {
            if (rest_.empty()) {
                done_ = true;
                return;
            }
            const std::size_t line = std::min(rest_.find('\n'), rest_.size());
            std::size_t take = std::min(line, k_training_line_bytes);
            if (take < line) take = last_boundary(rest_.substr(0, take));
            line_.assign(rest_.substr(0, take));
            rest_.remove_prefix(take == line ? std::min(line + 1, rest_.size()) : take);
        } while (line_.empty());
    }

  private:
    // Cuts after a blank if there is one, else between two characters.
    static std::size_t last_boundary(std::string_view text) {
        const std::size_t blank = text.rfind(' ');
        if (blank != std::string_view::npos && blank > 0) return blank;
        std::size_t end = text.size();
        while (end > 1 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
            --end;
        return end;
    }

    std::string_view rest_;
    std::string line_;
    bool done_ = false;
};

Error bad_model(const std::string& why) {
    return {ErrorCode::invalid, "the tokenizer cannot be used: " + why + "; train it with Tokenizer::train"};
}

std::string bytes_of_piece(const sentencepiece::SentencePieceProcessor& processor, int id) {
    if (processor.IsControl(id) || processor.IsUnknown(id)) return {};
    const std::string& piece = processor.IdToPiece(id);
    if (processor.IsByte(id)) {
        return std::string(1, static_cast<char>(std::stoi(piece.substr(3, 2), nullptr, 16)));  // "<0x41>"
    }
    std::string bytes;
    for (std::size_t i = 0; i < piece.size();) {
        if (piece.compare(i, k_blank.size(), k_blank) == 0) {
            bytes.push_back(' ');
            i += k_blank.size();
        } else {
            bytes.push_back(piece[i++]);
        }
    }
    return bytes;
}

/// Needs byte pieces.
Token newline_piece(const sentencepiece::SentencePieceProcessor& processor) {
    const int piece = processor.PieceToId("\n");
    return processor.IsUnknown(piece) ? processor.PieceToId("<0x0A>") : piece;
}

}  // namespace

Result<Bytes> Tokenizer::train(std::string_view normalized_text, std::uint32_t vocab) {
    if (vocab < k_vocab_min || vocab > k_vocab_max) {
        return Error{ErrorCode::out_of_range, "a vocabulary of " + std::to_string(vocab) +
                                                  " pieces; choose " + std::to_string(k_vocab_min) + " to " +
                                                  std::to_string(k_vocab_max)};
    }
    LineIterator lines(normalized_text);
    if (lines.done()) return Error{ErrorCode::invalid, "there is no text to train a tokenizer on"};
    // Byte-pair encoding: its merges are ranks, so that encoding compares no rounded sums.
    const std::unordered_map<std::string, std::string> options{
        {"model_type", "bpe"},
        {"vocab_size", std::to_string(vocab)},
        {"hard_vocab_limit", "false"},
        {"character_coverage", "0.995"},
        {"byte_fallback", "true"},
        {"user_defined_symbols", "\n"},
        {"normalization_rule_name", "identity"},
        {"remove_extra_whitespaces", "false"},
        {"add_dummy_prefix", "true"},
        {"split_digits", "true"},
        {"unk_id", "0"},
        {"bos_id", std::to_string(k_begin_token)},
        {"eos_id", std::to_string(k_end_token)},
        {"pad_id", "-1"},
        {"num_threads", "1"},
        {"shuffle_input_sentence", "false"},
        {"minloglevel", "2"},
    };
    std::string model;
    const auto status = sentencepiece::SentencePieceTrainer::Train(options, &lines, &model);
    if (!status.ok()) {
        return Error{ErrorCode::invalid, "the tokenizer cannot be trained (" + status.ToString() +
                                             "); give it more text or a smaller vocabulary"};
    }
    return Bytes(model.begin(), model.end());
}

Tokenizer::Tokenizer() : processor_(std::make_unique<sentencepiece::SentencePieceProcessor>()) {}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

Result<Tokenizer> Tokenizer::load(ByteView model) {
    if (model.empty() || model.size() > k_max_tokenizer_bytes) {
        return Error{ErrorCode::out_of_range, "a tokenizer of " + std::to_string(model.size()) +
                                                  " bytes; it must have 1 to " +
                                                  std::to_string(k_max_tokenizer_bytes)};
    }
    Tokenizer tokenizer;
    const auto status = tokenizer.processor_->LoadFromSerializedProto(as_text(model));
    if (!status.ok()) return Error{ErrorCode::malformed, "no SentencePiece model: " + status.ToString()};
    const auto& processor = *tokenizer.processor_;
    const int size = processor.GetPieceSize();
    if (size <= k_newline_token + 256 || size > static_cast<int>(k_vocab_max)) {
        return bad_model(std::to_string(size) + " pieces are too few or too many");
    }
    if (!processor.IsUnknown(0) || !processor.IsControl(k_begin_token) || !processor.IsControl(k_end_token)) {
        return bad_model("its first three pieces are not unknown, begin and end");
    }
    int byte_pieces = 0;
    tokenizer.pieces_.reserve(static_cast<std::size_t>(size));
    for (int id = 0; id < size; ++id) {
        if (processor.IsByte(id)) ++byte_pieces;
        tokenizer.pieces_.push_back(bytes_of_piece(processor, id));
    }
    if (byte_pieces != 256) return bad_model("it has no byte fallback");
    tokenizer.newline_ = newline_piece(processor);
    if (tokenizer.decode(tokenizer.encode(k_probe)) != k_probe)
        return bad_model("it changes the text that it encodes");
    return tokenizer;
}

std::uint32_t Tokenizer::size() const {
    return static_cast<std::uint32_t>(pieces_.size());
}

Tokens Tokenizer::encode(std::string_view normalized_text) const {
    Tokens tokens;
    std::vector<int> ids;
    while (!normalized_text.empty()) {
        const std::size_t line = std::min(normalized_text.find('\n'), normalized_text.size());
        if (line > 0) {
            const auto status = processor_->Encode(normalized_text.substr(0, line), &ids);
            DURE_ASSERT(status.ok());
            tokens.insert(tokens.end(), ids.begin(), ids.end());
        }
        if (line == normalized_text.size()) break;
        tokens.push_back(newline_);
        normalized_text.remove_prefix(line + 1);
    }
    return tokens;
}

std::string Tokenizer::decode(std::span<const Token> tokens) const {
    StreamDecoder decoder(*this);
    std::string text;
    for (const Token token : tokens)
        text += decoder.push(token);
    return text + decoder.finish();
}

const std::string& Tokenizer::piece_bytes(Token token) const {
    static const std::string nothing;
    if (token < 0 || static_cast<std::size_t>(token) >= pieces_.size()) return nothing;
    return pieces_[static_cast<std::size_t>(token)];
}

std::string StreamDecoder::push(Token token) {
    std::string_view bytes = tokenizer_->piece_bytes(token);
    if (bytes.empty()) return {};
    // encode() puts one blank before each line.
    if (at_line_start_ && bytes.front() == ' ') bytes.remove_prefix(1);
    at_line_start_ = token == tokenizer_->newline();
    pending_ += bytes;
    return take_whole_characters(pending_);
}

std::string StreamDecoder::finish() {
    std::string text = take_whole_characters(pending_);
    if (!pending_.empty()) text += k_replacement_character;
    pending_.clear();
    at_line_start_ = true;
    return text;
}

Hash token_ids_hash(std::span<const Token> tokens) {
    static const TaggedHash hash("dure/token-ids");
    Writer writer;
    writer.reserve(8 + 4 * tokens.size());
    writer.number(std::uint64_t{tokens.size()});
    for (const Token token : tokens)
        writer.number(static_cast<std::uint32_t>(token));
    return hash(writer.bytes());
}

}  // namespace dure::trainer
