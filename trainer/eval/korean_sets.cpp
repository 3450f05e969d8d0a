#include "trainer/eval/korean_sets.h"

#include <algorithm>
#include <utility>

#include "trainer/eval/table.h"
#include "trainer/text/normalize.h"

namespace dure::trainer {
namespace {

// The place among `labels` of what stands in a field.
Result<std::uint32_t> label_of(std::string_view field, const std::vector<std::string_view>& labels) {
    DURE_TRY(const std::string label, one_line(field));
    const auto found = std::find(labels.begin(), labels.end(), label);
    if (found == labels.end()) return Error{ErrorCode::malformed, "the label is \"" + label + "\""};
    return static_cast<std::uint32_t>(found - labels.begin());
}

}  // namespace

Result<std::vector<MultipleChoice>> read_nsmc(std::string_view tsv) {
    std::vector<MultipleChoice> choices;
    DURE_CHECK(for_each_row(tsv, 4, false, [&](const TableRow& fields) -> Status {
        DURE_TRY(const std::uint32_t label, label_of(fields[2], {"0", "1"}));
        DURE_TRY(const std::string review, one_line(fields[3]));
        choices.push_back({review + " 감정:", {"부정", "긍정"}, label, review, std::string(fields[1])});
        return {};
    }));
    return choices;
}

Result<std::vector<MultipleChoice>> read_klue_nli(std::string_view tsv) {
    std::vector<MultipleChoice> choices;
    DURE_CHECK(for_each_row(tsv, 3, false, [&](const TableRow& fields) -> Status {
        DURE_TRY(const std::uint32_t label, label_of(fields[0], {"contradiction", "neutral", "entailment"}));
        DURE_TRY(const std::string premise, one_line(fields[1]));
        DURE_TRY(const std::string hypothesis, one_line(fields[2]));
        choices.push_back({"전제: " + premise + " 가설: " + hypothesis + " 관계:",
                           {"모순", "중립", "함의"},
                           label,
                           premise + " " + hypothesis,
                           premise});
        return {};
    }));
    return choices;
}

Result<std::vector<MultipleChoice>> read_kobest_copa(std::string_view tsv) {
    std::vector<MultipleChoice> choices;
    DURE_CHECK(for_each_row(tsv, 6, true, [&](const TableRow& fields) -> Status {
        DURE_TRY(const std::string premise, one_line(fields[1]));
        DURE_TRY(const std::uint32_t asked, label_of(fields[2], {"원인", "결과"}));
        DURE_TRY(std::string first, one_line(fields[3]));
        DURE_TRY(std::string second, one_line(fields[4]));
        DURE_TRY(const std::uint32_t right, label_of(fields[5], {"1", "2"}));
        const std::string connective = asked == 0 ? "왜냐하면" : "그래서";
        choices.push_back({premise + " " + connective,
                           {std::move(first), std::move(second)},
                           right,
                           premise,
                           premise,
                           connective});
        return {};
    }));
    return choices;
}

Result<std::vector<Completion>> read_sae4k(std::string_view tsv) {
    std::vector<Completion> completions;
    DURE_CHECK(for_each_row(tsv, 3, false, [&](const TableRow& fields) -> Status {
        DURE_TRY(const std::string request, one_line(fields[0]));
        DURE_TRY(const std::string summary, one_line(fields[1]));
        completions.push_back({request + " 요약:", summary, request, summary});
        return {};
    }));
    return completions;
}

Result<std::vector<Completion>> read_labelled_text(std::string_view tsv) {
    std::vector<Completion> completions;
    DURE_CHECK(for_each_row(tsv, 2, false, [&](const TableRow& fields) -> Status {
        DURE_TRY(const std::string question, one_line(fields[0]));
        DURE_TRY(const std::string answer, one_line(fields[1]));
        completions.push_back({question, answer, question, question});
        return {};
    }));
    return completions;
}

std::string labelled_line(const std::string& question, const std::string& answer) {
    return question + "\t" + answer + "\n";
}

Result<std::vector<std::string>> read_lines(std::string_view text) {
    DURE_TRY(const std::string normal, normalize_text(text));
    std::vector<std::string> lines;
    for (std::string_view rest = normal; !rest.empty();) {
        const std::size_t length = std::min(rest.find('\n'), rest.size());
        lines.emplace_back(rest.substr(0, length));
        rest.remove_prefix(std::min(length + 1, rest.size()));
    }
    return lines;
}

}  // namespace dure::trainer
