// The files that `dure train` trains on: plain texts, and questions with answers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "trainer/eval/korean_sets.h"
#include "trainer/local/sources.h"
#include "trainer/text/tokenizer.h"

namespace dure::tools {

/// One line in so many is kept from training, to see what the model makes of it; of those at most so many.
inline constexpr std::uint32_t k_progress_one_in = 97;
inline constexpr std::size_t k_progress_lines = 400;

/// A file's contents: lines, or examples.
struct TrainingFile {
    std::string name;  ///< its stem
    std::uint32_t weight = 1;
    std::vector<std::string> lines;
    std::vector<std::string> held_out_lines;
    std::vector<trainer::Completion> examples;
    std::vector<trainer::Completion> held_out_examples;
};

/// Each argument is FILE or FILE:WEIGHT. Errors: `invalid` if there is none, or nothing in one; `not_found`;
/// `malformed` with file and line.
Result<std::vector<TrainingFile>> read_training_files(const std::vector<std::string>& texts,
                                                      const std::vector<std::string>& answers);

/// What is trained on, as one text.
std::string all_text(const std::vector<TrainingFile>& files);

trainer::Source source_of(const TrainingFile& file, const trainer::Tokenizer& tokenizer);

}  // namespace dure::tools
