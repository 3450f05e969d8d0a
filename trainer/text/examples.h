// Labelled examples as data: a table, each of whose rows a template makes a piece of text. What is stored and
// named is the table in one canonical form; what is trained on is the text.
//
// Promises: rendering is total and bounded, and everybody renders to the same bytes. What it does not do: read
// other forms of a table; whoever contributes brings it into this one (table_from_tsv, `dure contribute data`).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace dure::trainer {

inline constexpr std::size_t k_max_columns = 32;
inline constexpr std::size_t k_max_column_name = 32;
inline constexpr std::size_t k_max_rendered_bytes = std::size_t{64} << 20;

/// The canonical form: lines that end in a line feed, of fields with one tab between them. The first line names
/// the columns: 1 to 32 different ones, of 1 to 32 characters a–z, 0–9 and '_'. Each further line, of which there
/// is at least one, has as many fields. A field is empty or one line in normal form (normalize.h);
/// a line is not without any. Errors: `malformed`, with the line.
Status check_table(std::string_view table);

/// The text of a table: for each row the template with each {column} replaced by the row's field, and a line feed;
/// the whole in normal form. "{{" and "}}" stand for braces. Errors: `malformed` for a table or a template that is
/// none, or that names a column that is not there; `out_of_range` above k_max_rendered_bytes.
Result<std::string> render_examples(std::string_view table, std::string_view pattern);

/// The canonical form of rows; each field is brought into normal form, its lines joined by blanks; rows with
/// nothing in them are left out. Errors:
/// `malformed` for rows of another length than the names, or names that cannot be columns.
Result<std::string> make_table(const std::vector<std::string>& columns,
                               const std::vector<std::vector<std::string>>& rows);

/// The canonical form of a file of tab-separated values with a line of names, without quoting; \r before a line
/// feed is dropped, empty lines are left out. Errors: as make_table's.
Result<std::string> table_from_tsv(std::string_view file);

}  // namespace dure::trainer
