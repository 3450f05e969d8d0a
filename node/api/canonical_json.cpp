#include "node/api/canonical_json.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <string_view>
#include <vector>

#include "base/assert.h"

namespace dure::node {

namespace json = boost::json;

namespace {

constexpr std::uint64_t k_exact_numbers = std::uint64_t{1} << 53;

void append(std::string& text, const json::value& value) {
    if (const json::object* const object = value.if_object()) {
        std::vector<std::string_view> names;
        names.reserve(object->size());
        for (const auto& field : *object)
            names.emplace_back(field.key().data(), field.key().size());
        std::sort(names.begin(), names.end());
        text.push_back('{');
        for (const std::string_view name : names) {
            if (text.back() != '{') text.push_back(',');
            text += json::serialize(json::string(name)) + ":";
            append(text, object->at(name));
        }
        text.push_back('}');
        return;
    }
    if (const json::array* const list = value.if_array()) {
        text.push_back('[');
        for (const json::value& item : *list) {
            if (text.back() != '[') text.push_back(',');
            append(text, item);
        }
        text.push_back(']');
        return;
    }
    if (const std::uint64_t* const number = value.if_uint64()) DURE_ASSERT(*number < k_exact_numbers);
    DURE_ASSERT(!value.is_double());
    text += json::serialize(value);
}

}  // namespace

std::string canonical_json(const json::value& value) {
    std::string text;
    append(text, value);
    return text;
}

}  // namespace dure::node
