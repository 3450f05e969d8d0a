// An answer's tokens as text, piece by piece, up to a stop string.
//
// Promises: pieces are whole UTF-8 characters; together they are the decoded tokens, cut before the stop string that
// is complete first (of those that end there, the longest), however the characters are spread over tokens. What may
// turn out to be the beginning of a stop string is held back, and nothing else but unfinished characters is.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "trainer/text/tokenizer.h"

namespace dure::trainer {

inline constexpr std::size_t k_max_stop_strings = 16;
inline constexpr std::size_t k_max_stop_bytes = 256;

/// Errors: `out_of_range` for too many stop strings, an empty or a too long one; `malformed` for one that is no UTF-8.
Status check_stop_strings(const std::vector<std::string>& stops);

class AnswerText {
  public:
    /// `stops` must pass the check; `tokenizer` must outlive this. `at_line_start`: as for StreamDecoder.
    AnswerText(const Tokenizer& tokenizer, std::vector<std::string> stops, bool at_line_start);

    /// What may be given out with this token; often nothing. Not to be called once it stopped.
    std::string push(Token token);
    /// What was held back, when the answer ends without a stop string. Nothing if it stopped.
    std::string finish();
    /// Whether a stop string came.
    bool stopped() const { return stopped_; }

  private:
    std::string release();

    StreamDecoder decoder_;
    std::vector<std::string> stops_;
    std::string held_;
    bool stopped_ = false;
};

}  // namespace dure::trainer
