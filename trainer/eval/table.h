// Tables in text files: a row a line, tabs between the fields.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace dure::trainer {

using TableRow = std::vector<std::string_view>;

/// Calls `row` with the fields of each line that is not empty; not with the first line where it is a
/// `header`. Errors: `malformed` for another number of fields, and those of `row`, with the line's number.
Status for_each_row(std::string_view tsv, std::size_t fields, bool header,
                    const std::function<Status(const TableRow&)>& row);

/// A field in normal form (trainer/text/normalize.h), its line breaks blanks. Errors: those of
/// normalize_text, and `malformed` if nothing is left.
Result<std::string> one_line(std::string_view field);

}  // namespace dure::trainer
