#include "trainer/eval/table.h"

#include <algorithm>

#include "trainer/text/normalize.h"

namespace dure::trainer {
namespace {

Error bad_line(std::size_t number, const std::string& why) {
    return {ErrorCode::malformed, "line " + std::to_string(number) + ": " + why};
}

TableRow split(std::string_view line) {
    TableRow fields;
    while (true) {
        const std::size_t tab = line.find('\t');
        fields.push_back(line.substr(0, tab));
        if (tab == std::string_view::npos) return fields;
        line.remove_prefix(tab + 1);
    }
}

}  // namespace

Status for_each_row(std::string_view tsv, std::size_t fields, bool header,
                    const std::function<Status(const TableRow&)>& row) {
    for (std::size_t number = 1; !tsv.empty(); ++number) {
        const std::size_t length = std::min(tsv.find('\n'), tsv.size());
        std::string_view line = tsv.substr(0, length);
        tsv.remove_prefix(std::min(length + 1, tsv.size()));
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        if (line.empty() || (header && number == 1)) continue;
        const TableRow found = split(line);
        if (found.size() != fields) {
            return bad_line(number, std::to_string(found.size()) + " fields stand in it, but " +
                                        std::to_string(fields) + " are needed, with tabs between them");
        }
        if (const Status status = row(found); !status) return bad_line(number, status.error().message);
    }
    return {};
}

Result<std::string> one_line(std::string_view field) {
    DURE_TRY(std::string text, normalize_text(field));
    if (!text.empty()) text.pop_back();
    std::replace(text.begin(), text.end(), '\n', ' ');
    if (text.empty()) return Error{ErrorCode::malformed, "a text is empty"};
    return text;
}

}  // namespace dure::trainer
