#include "trainer/eval/korean_sets.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "trainer/text/normalize.h"

namespace dure::trainer {
namespace {

using Fields = std::vector<std::string_view>;

Error bad_line(std::size_t number, const std::string& why) {
    return {ErrorCode::malformed, "line " + std::to_string(number) + ": " + why};
}

Fields split(std::string_view line) {
    Fields fields;
    while (true) {
        const std::size_t tab = line.find('\t');
        fields.push_back(line.substr(0, tab));
        if (tab == std::string_view::npos) return fields;
        line.remove_prefix(tab + 1);
    }
}

// In normal form, on one line.
Result<std::string> sentence(std::string_view field) {
    DURE_TRY(std::string text, normalize_text(field));
    if (!text.empty()) text.pop_back();
    std::replace(text.begin(), text.end(), '\n', ' ');
    if (text.empty()) return Error{ErrorCode::malformed, "a text is empty"};
    return text;
}

// Calls `row` with the fields of each line that is not empty.
Status for_rows(std::string_view tsv, std::size_t fields, bool header,
                const std::function<Status(const Fields&)>& row) {
    for (std::size_t number = 1; !tsv.empty(); ++number) {
        const std::size_t length = std::min(tsv.find('\n'), tsv.size());
        std::string_view line = tsv.substr(0, length);
        tsv.remove_prefix(std::min(length + 1, tsv.size()));
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        if (line.empty() || (header && number == 1)) continue;
        const Fields found = split(line);
        if (found.size() != fields) {
            return bad_line(number, std::to_string(found.size()) + " fields stand in it, but " +
                                        std::to_string(fields) + " are needed, with tabs between them");
        }
        if (const Status status = row(found); !status) return bad_line(number, status.error().message);
    }
    return {};
}

// The place of `word` among `words`.
Result<std::uint32_t> place_of(std::string_view word, const std::vector<std::string_view>& words) {
    const auto found = std::find(words.begin(), words.end(), word);
    if (found == words.end())
        return Error{ErrorCode::malformed, "the label is \"" + std::string(word) + "\""};
    return static_cast<std::uint32_t>(found - words.begin());
}

}  // namespace

Result<std::vector<Choice>> read_nsmc(std::string_view tsv) {
    std::vector<Choice> choices;
    DURE_CHECK(for_rows(tsv, 4, false, [&](const Fields& fields) -> Status {
        DURE_TRY(const std::uint32_t label, place_of(fields[2], {"0", "1"}));
        DURE_TRY(std::string review, sentence(fields[3]));
        choices.push_back({review + " 감정:", {"부정", "긍정"}, label, std::move(review)});
        return {};
    }));
    return choices;
}

Result<std::vector<Choice>> read_klue_nli(std::string_view tsv) {
    std::vector<Choice> choices;
    DURE_CHECK(for_rows(tsv, 3, false, [&](const Fields& fields) -> Status {
        DURE_TRY(const std::uint32_t label, place_of(fields[0], {"contradiction", "neutral", "entailment"}));
        DURE_TRY(const std::string premise, sentence(fields[1]));
        DURE_TRY(const std::string hypothesis, sentence(fields[2]));
        choices.push_back({"전제: " + premise + " 가설: " + hypothesis + " 관계:",
                           {"모순", "중립", "함의"},
                           label,
                           premise + " " + hypothesis});
        return {};
    }));
    return choices;
}

Result<std::vector<Choice>> read_kobest_copa(std::string_view tsv) {
    std::vector<Choice> choices;
    DURE_CHECK(for_rows(tsv, 6, true, [&](const Fields& fields) -> Status {
        DURE_TRY(const std::string premise, sentence(fields[1]));
        DURE_TRY(const std::uint32_t asked, place_of(fields[2], {"원인", "결과"}));
        DURE_TRY(std::string first, sentence(fields[3]));
        DURE_TRY(std::string second, sentence(fields[4]));
        DURE_TRY(const std::uint32_t right, place_of(fields[5], {"1", "2"}));
        choices.push_back({premise + (asked == 0 ? " 왜냐하면" : " 그래서"),
                           {std::move(first), std::move(second)},
                           right,
                           premise});
        return {};
    }));
    return choices;
}

Result<std::vector<Completion>> read_sae4k(std::string_view tsv) {
    std::vector<Completion> completions;
    DURE_CHECK(for_rows(tsv, 3, false, [&](const Fields& fields) -> Status {
        DURE_TRY(std::string request, sentence(fields[0]));
        DURE_TRY(std::string summary, sentence(fields[1]));
        completions.push_back({request + " 요약:", std::move(summary), std::move(request)});
        return {};
    }));
    return completions;
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
