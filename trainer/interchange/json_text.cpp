#include "trainer/interchange/json_text.h"

#include <cmath>
#include <limits>

namespace dure::trainer {
namespace {

namespace json = boost::json;

constexpr std::size_t k_max_depth = 16;

}  // namespace

Result<json::value> parse_json(std::string_view text, const std::string& what) {
    json::parse_options options;
    options.max_depth = k_max_depth;
    boost::system::error_code error;
    json::value value = json::parse(text, error, {}, options);
    if (error) return Error{ErrorCode::malformed, what + " is no JSON: " + error.message()};
    return value;
}

JsonFields::JsonFields(const json::object& object, std::string where)
    : object_(object), where_(std::move(where)) {}

const json::value* JsonFields::find(std::string_view name) const {
    const json::value* const value = object_.if_contains(name);
    return value == nullptr || value->is_null() ? nullptr : value;
}

void JsonFields::complain(ErrorCode code, const std::string& complaint) {
    if (!error_) error_ = Error{code, where_ + complaint};
}

void JsonFields::complain_kind(std::string_view name, const char* kind) {
    complain(ErrorCode::malformed, std::string(name) + " is not " + kind);
}

std::uint32_t JsonFields::count(std::string_view name, std::optional<std::uint32_t> otherwise) {
    const json::value* const value = find(name);
    if (value == nullptr) {
        if (!otherwise) complain(ErrorCode::not_found, std::string(name) + " is missing");
        return otherwise.value_or(0);
    }
    if (value->is_int64() && value->get_int64() >= 0 &&
        value->get_int64() <= std::numeric_limits<std::uint32_t>::max()) {
        return static_cast<std::uint32_t>(value->get_int64());
    }
    complain_kind(name, "a whole number below 2^32");
    return 0;
}

float JsonFields::number(std::string_view name, std::optional<float> otherwise) {
    const json::value* const value = find(name);
    if (value == nullptr) {
        if (!otherwise) complain(ErrorCode::not_found, std::string(name) + " is missing");
        return otherwise.value_or(0.0F);
    }
    const double wide = value->is_double()  ? value->get_double()
                        : value->is_int64() ? static_cast<double>(value->get_int64())
                                            : std::numeric_limits<double>::infinity();
    // Beyond a float's range the conversion itself would be undefined.
    if (!(std::fabs(wide) <= static_cast<double>(std::numeric_limits<float>::max()))) {
        complain_kind(name, "a number in a float's range");
        return 0.0F;
    }
    return static_cast<float>(wide);
}

bool JsonFields::flag(std::string_view name, bool otherwise) {
    const json::value* const value = find(name);
    if (value == nullptr) return otherwise;
    if (!value->is_bool()) {
        complain_kind(name, "true or false");
        return otherwise;
    }
    return value->get_bool();
}

std::string JsonFields::text(std::string_view name, const std::string& otherwise) {
    const json::value* const value = find(name);
    if (value == nullptr) return otherwise;
    if (!value->is_string()) {
        complain_kind(name, "a text");
        return otherwise;
    }
    return std::string(std::string_view(value->get_string()));
}

const json::object* JsonFields::object(std::string_view name) {
    const json::value* const value = find(name);
    if (value == nullptr) return nullptr;
    if (!value->is_object()) {
        complain_kind(name, "an object");
        return nullptr;
    }
    return &value->get_object();
}

Status JsonFields::result() const {
    if (error_) return *error_;
    return {};
}

}  // namespace dure::trainer
