// Text to token ids and back, by a SentencePiece model (byte-pair encoding with byte fallback) that is
// trained once, at genesis, and then is a value: its bytes.
//
// Promises: the same text and options train the same bytes; decode(encode(t)) == t for every normalized text;
// ids are below size(). Not here: files; models whose pieces are neither as train() makes them nor as Llama's
// are refused.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/result.h"

namespace sentencepiece {
class SentencePieceProcessor;
}

namespace dure::trainer {

using Token = std::int32_t;
using Tokens = std::vector<Token>;

inline constexpr Token k_begin_token = 1;    ///< before a prompt; not in training windows
inline constexpr Token k_end_token = 2;      ///< ends an answer
inline constexpr Token k_newline_token = 3;  ///< a line feed, in models that train() makes

inline constexpr std::size_t k_max_tokenizer_bytes = std::size_t{16} << 20;

class Tokenizer {
  public:
    /// Trains on normalized text; returns the model's bytes. `vocab` is an upper bound: a small text gives
    /// fewer pieces. Errors: `out_of_range` for a vocabulary below 320 or above 65,536, `invalid` for a text
    /// too small to learn from.
    static Result<Bytes> train(std::string_view normalized_text, std::uint32_t vocab);

    /// Errors: `malformed`, or `invalid` for a model without the pieces that this class relies on.
    static Result<Tokenizer> load(ByteView model);

    Tokenizer(Tokenizer&&) noexcept;
    Tokenizer& operator=(Tokenizer&&) noexcept;
    ~Tokenizer();

    std::uint32_t size() const;
    /// A line feed. In a foreign model without a piece for it: the byte's.
    Token newline() const { return newline_; }

    /// Safe to call from several threads.
    Tokens encode(std::string_view normalized_text) const;
    /// Bytes that are no UTF-8 become U+FFFD. Ids outside the vocabulary and control pieces give nothing.
    std::string decode(std::span<const Token> tokens) const;

    /// The raw bytes that a piece stands for: a blank stands before a word's first piece.
    const std::string& piece_bytes(Token token) const;

  private:
    Tokenizer();
    std::unique_ptr<sentencepiece::SentencePieceProcessor> processor_;
    std::vector<std::string> pieces_;
    Token newline_ = k_newline_token;
};

/// Decodes a stream of tokens; never gives out a part of a character. `tokenizer` must outlive it.
class StreamDecoder {
  public:
    /// `at_line_start`: false where the stream goes on behind a prompt that does not end in a line feed.
    explicit StreamDecoder(const Tokenizer& tokenizer, bool at_line_start = true)
        : tokenizer_(&tokenizer), at_line_start_(at_line_start) {}

    /// What became complete with this token; often empty between the bytes of one character.
    std::string push(Token token);
    /// What is left, as U+FFFD, when the stream ends.
    std::string finish();

  private:
    const Tokenizer* tokenizer_;
    std::string pending_;
    bool at_line_start_;
};

/// Names a token sequence: the tagged hash of its length and its ids.
Hash token_ids_hash(std::span<const Token> tokens);

}  // namespace dure::trainer
