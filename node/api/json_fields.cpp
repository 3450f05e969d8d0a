#include "node/api/json_fields.h"

#include <boost/json/serialize.hpp>
#include <charconv>
#include <cmath>
#include <cstring>

#include "base/quote.h"

namespace dure::node {

namespace json = boost::json;

namespace {

Error wrong(std::string_view name, const std::string& expected, const json::value& found) {
    return {ErrorCode::malformed,
            "'" + std::string(name) + "' must be " + expected + ", not " + quote(json::serialize(found))};
}

}  // namespace

std::string decimal(Coin amount) {
    return std::to_string(amount.value);
}

Result<std::uint64_t> parse_number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure == std::errc::result_out_of_range)
        return Error{ErrorCode::out_of_range, quote(text) + " does not fit 64 bits"};
    const bool whole = failure == std::errc() && end == text.data() + text.size() &&
                       !(text.size() > 1 && text.front() == '0');
    if (!whole) return Error{ErrorCode::malformed, quote(text) + " is not a whole number"};
    return value;
}

Result<const json::value*> JsonFields::any(std::string_view name) {
    const json::value* const value = object_.if_contains(name);
    if (value == nullptr)
        return Error{ErrorCode::malformed, "the field '" + std::string(name) + "' is missing"};
    read_.emplace(name);
    return value;
}

Result<std::string> JsonFields::text(std::string_view name) {
    DURE_TRY(const json::value* const value, any(name));
    if (!value->is_string()) return wrong(name, "a text", *value);
    const json::string& text = value->get_string();
    return std::string(text.data(), text.size());
}

Result<Hash> JsonFields::hash(std::string_view name) {
    DURE_TRY(const std::string written, text(name));
    const Result<Hash> hash = Hash::from_hex(written);
    if (!hash) return with_context(hash.error(), "'" + std::string(name) + "'");
    return *hash;
}

Result<Account> JsonFields::account(std::string_view name) {
    DURE_TRY(const std::string written, text(name));
    const Result<Account> account = Account::from_address(written);
    if (!account) return with_context(account.error(), "'" + std::string(name) + "'");
    return *account;
}

Result<Signature> JsonFields::signature(std::string_view name) {
    DURE_TRY(const std::string written, text(name));
    const Result<Bytes> bytes = from_hex(written);
    Signature signature;
    if (!bytes || bytes->size() != signature.bytes.size()) {
        return Error{ErrorCode::malformed,
                     "'" + std::string(name) + "' must be a signature of 128 hexadecimal digits"};
    }
    std::memcpy(signature.bytes.data(), bytes->data(), bytes->size());
    return signature;
}

Result<Coin> JsonFields::coin(std::string_view name) {
    DURE_TRY(const std::string written, text(name));
    const Result<std::uint64_t> number = parse_number(written);
    if (!number)
        return with_context(number.error(),
                            "'" + std::string(name) + "', an amount of grain as a decimal text");
    if (*number > k_max_supply)
        return Error{ErrorCode::out_of_range,
                     "'" + std::string(name) + "' is more than all coins there can be"};
    return Coin{*number};
}

Result<std::uint64_t> JsonFields::number(std::string_view name) {
    DURE_TRY(const json::value* const value, any(name));
    if (value->is_int64() && value->get_int64() >= 0) return static_cast<std::uint64_t>(value->get_int64());
    if (value->is_uint64()) return value->get_uint64();
    if (value->is_string()) {
        const Result<std::uint64_t> number =
            parse_number({value->get_string().data(), value->get_string().size()});
        if (number) return *number;
    }
    return wrong(name, "a whole number, 0 or more", *value);
}

Result<double> JsonFields::fraction(std::string_view name) {
    DURE_TRY(const json::value* const value, any(name));
    if (!value->is_number()) return wrong(name, "a number", *value);
    const double number = value->to_number<double>();
    if (!std::isfinite(number)) return wrong(name, "a finite number", *value);
    return number;
}

Result<bool> JsonFields::boolean(std::string_view name) {
    DURE_TRY(const json::value* const value, any(name));
    if (!value->is_bool()) return wrong(name, "true or false", *value);
    return value->get_bool();
}

Status JsonFields::finish() const {
    for (const auto& entry : object_) {
        const std::string name(entry.key().data(), entry.key().size());
        if (!read_.contains(name))
            return Error{ErrorCode::malformed, "the field " + quote(name) + " is not known here"};
    }
    return {};
}

}  // namespace dure::node
