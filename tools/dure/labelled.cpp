#include "tools/dure/labelled.h"

#include <boost/json.hpp>
#include <vector>

#include "trainer/text/examples.h"

namespace dure::tools {

namespace {

namespace json = boost::json;

Error bad_line(std::size_t number, const std::string& what) {
    return {ErrorCode::malformed, "line " + std::to_string(number) + " " + what};
}

Result<std::string> field_of(const json::value& value, std::size_t number) {
    if (value.is_string()) return std::string(value.get_string());
    if (value.is_bool() || value.is_int64() || value.is_uint64() || value.is_double())
        return json::serialize(value);
    return bad_line(number, "has a member that is neither a text nor a number, true or false");
}

}  // namespace

Result<std::string> table_from_jsonl(std::string_view file) {
    std::vector<std::string> columns;
    std::vector<std::vector<std::string>> rows;
    std::size_t number = 0;
    for (std::size_t begin = 0; begin < file.size();) {
        const std::size_t end = std::min(file.find('\n', begin), file.size());
        const std::string_view line = file.substr(begin, end - begin);
        begin = end + 1;
        ++number;
        if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
        boost::system::error_code error;
        const json::value parsed = json::parse(json::string_view(line.data(), line.size()), error);
        if (error || !parsed.is_object()) return bad_line(number, "is no JSON object");
        const json::object& object = parsed.get_object();
        if (columns.empty()) {
            for (const auto& member : object)
                columns.emplace_back(member.key());
        }
        std::vector<std::string> row;
        for (const std::string& column : columns) {
            const json::value* value = object.if_contains(column);
            if (value == nullptr) return bad_line(number, "has no member '" + column + "'");
            DURE_TRY(std::string field, field_of(*value, number));
            row.push_back(std::move(field));
        }
        if (object.size() != columns.size())
            return bad_line(number, "has members that the first line has not");
        rows.push_back(std::move(row));
    }
    return trainer::make_table(columns, rows);
}

}  // namespace dure::tools
