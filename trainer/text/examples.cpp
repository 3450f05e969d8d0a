#include "trainer/text/examples.h"

#include <algorithm>
#include <optional>
#include <set>

#include "trainer/text/normalize.h"

namespace dure::trainer {
namespace {

Error malformed(std::size_t line, const std::string& what) {
    return {ErrorCode::malformed, "line " + std::to_string(line) + " of the table " + what};
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (std::size_t begin = 0;;) {
        const std::size_t end = text.find(separator, begin);
        parts.push_back(text.substr(begin, end - begin));
        if (end == std::string_view::npos) return parts;
        begin = end + 1;
    }
}

Status check_columns(const std::vector<std::string_view>& columns) {
    if (columns.size() > k_max_columns)
        return malformed(1, "names more than " + std::to_string(k_max_columns) + " columns");
    std::set<std::string_view> seen;
    for (const std::string_view name : columns) {
        const bool is_name = !name.empty() && name.size() <= k_max_column_name &&
                             std::all_of(name.begin(), name.end(), [](char c) {
                                 return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
                             });
        if (!is_name) {
            return malformed(1, "names a column '" + std::string(name.substr(0, 64)) +
                                    "'; a name has 1 to 32 of the characters a-z, 0-9 and _");
        }
        if (!seen.insert(name).second)
            return malformed(1, "names the column '" + std::string(name) + "' twice");
    }
    return {};
}

struct Table {
    std::vector<std::string_view> columns;
    std::vector<std::vector<std::string_view>> rows;
};

Status check_fields(const Table& table) {
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
        const auto& row = table.rows[i];
        if (std::all_of(row.begin(), row.end(), [](std::string_view field) { return field.empty(); }))
            return malformed(i + 2, "has nothing in it");
        for (const std::string_view field : row) {
            if (field.empty()) continue;
            DURE_TRY(const std::string normal, normalize_text(field));
            if (normal.size() != field.size() + 1 || !normal.starts_with(field))
                return malformed(i + 2, "has a field that is not one line in normal form");
        }
    }
    return {};
}

Result<Table> parse(std::string_view text) {
    if (text.empty() || text.back() != '\n') return malformed(1, "is not there, or no line feed ends it");
    text.remove_suffix(1);
    Table table;
    std::size_t number = 0;
    for (const std::string_view line : split(text, '\n')) {
        ++number;
        std::vector<std::string_view> fields = split(line, '\t');
        if (number == 1) {
            DURE_CHECK(check_columns(fields));
            table.columns = std::move(fields);
            continue;
        }
        if (fields.size() != table.columns.size()) {
            return malformed(number, "has " + std::to_string(fields.size()) + " fields, not " +
                                         std::to_string(table.columns.size()));
        }
        table.rows.push_back(std::move(fields));
    }
    if (table.rows.empty()) return malformed(1, "is its only one: there are no examples");
    DURE_CHECK(check_fields(table));
    return table;
}

// A piece of a template: text, or the number of a column.
struct Piece {
    std::string text;
    std::optional<std::size_t> column;
};

Error bad_template(const std::string& what) {
    return {ErrorCode::malformed, "the template " + what};
}

Result<std::vector<Piece>> parse_template(std::string_view pattern,
                                          const std::vector<std::string_view>& columns) {
    std::vector<Piece> pieces(1);
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        const char c = pattern[i];
        if (c != '{' && c != '}') {
            pieces.back().text.push_back(c);
        } else if (i + 1 < pattern.size() && pattern[i + 1] == c) {
            pieces.back().text.push_back(c);
            ++i;
        } else if (c == '}') {
            return bad_template("has a '}' alone; write }} for a brace");
        } else {
            const std::size_t end = pattern.find('}', i);
            const std::string_view name = pattern.substr(i + 1, end - i - 1);
            const auto column = std::find(columns.begin(), columns.end(), name);
            if (end == std::string_view::npos || column == columns.end()) {
                return bad_template("names {" + std::string(name.substr(0, 64)) +
                                    "}, which is no column of the table");
            }
            pieces.push_back({{}, static_cast<std::size_t>(column - columns.begin())});
            pieces.emplace_back();
            i = end;
        }
    }
    return pieces;
}

}  // namespace

Status check_table(std::string_view table) {
    if (auto parsed = parse(table); !parsed) return parsed.error();
    return {};
}

Result<std::string> render_examples(std::string_view table, std::string_view pattern) {
    DURE_TRY(const Table parsed, parse(table));
    DURE_TRY(const std::vector<Piece> pieces, parse_template(pattern, parsed.columns));
    std::string text;
    for (const auto& row : parsed.rows) {
        for (const Piece& piece : pieces)
            text += piece.column ? row[*piece.column] : std::string_view(piece.text);
        text.push_back('\n');
        if (text.size() > k_max_rendered_bytes) {
            return Error{ErrorCode::out_of_range, "the examples give more than " +
                                                      std::to_string(k_max_rendered_bytes) +
                                                      " bytes of text; split the table"};
        }
    }
    return normalize_text(text);
}

Result<std::string> make_table(const std::vector<std::string>& columns,
                               const std::vector<std::vector<std::string>>& rows) {
    std::string table;
    for (const std::string& name : columns)
        table += (table.empty() ? "" : "\t") + name;
    table.push_back('\n');
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (rows[i].size() != columns.size()) {
            return malformed(i + 2, "has " + std::to_string(rows[i].size()) + " fields, not " +
                                        std::to_string(columns.size()));
        }
        std::string line;
        bool is_empty = true;
        for (std::size_t field = 0; field < rows[i].size(); ++field) {
            DURE_TRY(std::string normal, normalize_text(rows[i][field]));
            if (!normal.empty()) normal.pop_back();
            std::replace(normal.begin(), normal.end(), '\n', ' ');
            is_empty = is_empty && normal.empty();
            if (field > 0) line.push_back('\t');
            line += normal;
        }
        if (!is_empty) table += line + "\n";
    }
    DURE_CHECK(check_table(table));
    return table;
}

Result<std::string> table_from_tsv(std::string_view file) {
    std::vector<std::string> columns;
    std::vector<std::vector<std::string>> rows;
    for (std::string_view line : split(file, '\n')) {
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.empty()) continue;
        std::vector<std::string> fields;
        for (const std::string_view field : split(line, '\t'))
            fields.emplace_back(field);
        if (columns.empty()) {
            columns = std::move(fields);
        } else {
            rows.push_back(std::move(fields));
        }
    }
    return make_table(columns, rows);
}

}  // namespace dure::trainer
