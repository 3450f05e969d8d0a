// A folder of Korean texts and labelled sets (docs/evaluation.md names its files), split into what is trained
// on and what is asked. What a folder lacks is left out.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "trainer/eval/korean_sets.h"

namespace dure::tools {

/// Where a set has no file of its own to be asked from, one group of examples in so many is held out.
inline constexpr std::uint32_t k_held_out_one_in = 50;

struct ChoiceSet {
    std::string file;  ///< stem of what training text is written to
    std::string task;
    std::vector<trainer::MultipleChoice> training;
    std::vector<trainer::MultipleChoice> asked;
};

struct KoreanData {
    std::vector<std::string> training_lines;  ///< of plain text
    std::vector<std::string> asked_lines;
    std::vector<ChoiceSet> choices;
    std::vector<trainer::Completion> training_completions;
    std::vector<trainer::Completion> asked_completions;
    std::vector<std::string> missing;  ///< files that the folder lacks
};

/// Errors: `not_found` if the folder has none of the files; `malformed` with the file and the line.
Result<KoreanData> read_korean_data(const std::filesystem::path& folder);

}  // namespace dure::tools
