// Reading typed fields out of a JSON object, with errors that name the field, what it holds and what it
// should hold; and writing figures as decimal strings. Each field is read once; `finish` refuses the fields
// nobody asked for.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/keys.h"
#include "base/money.h"
#include "base/result.h"

namespace dure::node {

class JsonFields {
  public:
    /// The object outlives this.
    explicit JsonFields(const boost::json::object& object) : object_(object) {}

    bool has(std::string_view name) const { return object_.contains(name); }

    Result<std::string> text(std::string_view name);
    Result<Hash> hash(std::string_view name);
    Result<Account> account(std::string_view name);
    Result<Signature> signature(std::string_view name);
    /// Base units as a decimal string.
    Result<Coin> coin(std::string_view name);
    /// A whole number, as a JSON number or a decimal string.
    Result<std::uint64_t> number(std::string_view name);
    Result<double> fraction(std::string_view name);
    Result<bool> boolean(std::string_view name);
    Result<const boost::json::value*> any(std::string_view name);

    /// Errors: `malformed` if the object has a field that was not read.
    Status finish() const;

  private:
    const boost::json::object& object_;
    std::set<std::string, std::less<>> read_;
};

/// What JsonFields::coin reads: base units as a decimal string.
std::string decimal(Coin amount);

/// A whole number without sign, leading zeros or anything else. Errors: `malformed`, `out_of_range`.
Result<std::uint64_t> parse_number(std::string_view text);

}  // namespace dure::node
