// A text cut for an experiment: tokens to train on, tokens held out, and the tokenizer made for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <istream>

#include "base/result.h"
#include "trainer/text/tokenizer.h"

namespace dure::tools {

struct TextRules {
    std::size_t bytes = std::size_t{12} << 20;           ///< read at most so much
    std::size_t tokenizer_bytes = std::size_t{1} << 20;  ///< about so much of it makes the tokenizer
    std::size_t held_out_every = 40;                     ///< lines
    std::uint32_t vocab = 0;
};

struct ExperimentText {
    trainer::Tokens training;
    trainer::Tokens held_out;
    std::uint32_t vocab = 0;
};

/// Errors: those of normalization and of training the tokenizer.
Result<ExperimentText> read_experiment_text(std::istream& stream, const TextRules& rules);

}  // namespace dure::tools
