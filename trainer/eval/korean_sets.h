// Labelled Korean sets as questions in text, from the contents of their files: NSMC (sentiment of film
// reviews), KLUE-NLI (does one sentence follow from another), KoBEST COPA (the likelier cause or effect) and
// SAE4K (a request in few words). docs/evaluation.md gives the templates.
//
// Promises: a model is asked with the very text it was trained on; every text is in normal form and of one
// line. Not here: files, and who is trained on what.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace dure::trainer {

/// A question with some answers, one of them right. The question and an answer are joined by a blank.
struct MultipleChoice {
    std::string question;
    std::vector<std::string> answers;
    std::uint32_t right = 0;
    std::string plain;  ///< what the question is about, without the template
    std::string group;  ///< examples of one group are trained on together or held out together
    /// The end of the question that says nothing of what it is about; empty where all questions have the same
    /// answers. An answer counts by how much likelier the question makes it than this alone (tasks.h).
    std::string domain = {};

    friend bool operator==(const MultipleChoice&, const MultipleChoice&) = default;
};

/// A question with its one answer.
struct Completion {
    std::string question;
    std::string answer;
    std::string plain;  ///< as in MultipleChoice
    std::string group;  ///< as in MultipleChoice

    friend bool operator==(const Completion&, const Completion&) = default;
};

// Each takes a whole file. Errors: `malformed` with the line's number and what is wrong with it.
Result<std::vector<MultipleChoice>> read_nsmc(std::string_view tsv);
Result<std::vector<MultipleChoice>> read_klue_nli(std::string_view tsv);
Result<std::vector<MultipleChoice>> read_kobest_copa(std::string_view tsv);
Result<std::vector<Completion>> read_sae4k(std::string_view tsv);

/// A labelled line: question, tab, answer. Offered as a text contribution the tab becomes a blank, and it is
/// an ordinary line.
std::string labelled_line(const std::string& question, const std::string& answer);
Result<std::vector<Completion>> read_labelled_text(std::string_view tsv);

/// The lines of a plain text in normal form.
Result<std::vector<std::string>> read_lines(std::string_view text);

}  // namespace dure::trainer
