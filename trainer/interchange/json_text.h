// Reading JSON that somebody else wrote: bounded in depth, and with errors that name the field.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace dure::trainer {

/// `what` stands in the error. Errors: `malformed`, also for depth beyond 16 and ill-formed UTF-8.
Result<boost::json::value> parse_json(std::string_view text, const std::string& what);

/// An object's fields with their kinds. A field that is null counts as absent. The first complaint is kept;
/// what is read after it does not matter.
class JsonFields {
  public:
    /// `where` comes before a field's name in complaints.
    JsonFields(const boost::json::object& object, std::string where);

    /// `otherwise` is what an absent field reads as; without it the field is required.
    std::uint32_t count(std::string_view name, std::optional<std::uint32_t> otherwise = std::nullopt);
    /// The nearest float; a number that is not finite then is a complaint.
    float number(std::string_view name, std::optional<float> otherwise = std::nullopt);
    bool flag(std::string_view name, bool otherwise);
    std::string text(std::string_view name, const std::string& otherwise);
    /// nullptr if it is absent.
    const boost::json::object* object(std::string_view name);
    bool has(std::string_view name) const { return find(name) != nullptr; }

    void complain(ErrorCode code, const std::string& complaint);
    /// Errors: `not_found` for what is required and absent, `malformed` for a wrong kind, and what complain()
    /// was given.
    Status result() const;

  private:
    const boost::json::value* find(std::string_view name) const;
    void complain_kind(std::string_view name, const char* kind);

    const boost::json::object& object_;
    std::string where_;
    std::optional<Error> error_;
};

}  // namespace dure::trainer
