// Errors as values. A function that can fail for a reason its caller must expect returns `Result<T>`;
// exceptions are for the truly unexpected, DURE_ASSERT for broken invariants.
#pragma once

#include <boost/system/result.hpp>
#include <cstdint>
#include <string>
#include <utility>

namespace dure {

/// What kind of failure it is, for a program; the message is for a person.
enum class ErrorCode : std::uint8_t {
    malformed,          ///< bytes or text that no valid value encodes to
    out_of_range,       ///< a well-formed value outside its bounds
    not_found,          ///< the named thing does not exist here
    duplicate,          ///< it exists already
    conflict,           ///< it contradicts the present state (wrong nonce, wrong phase)
    expired,            ///< too late
    insufficient,       ///< not enough coins, shares, stake or cover
    unauthorized,       ///< signed by the wrong key, or by nobody
    invalid_signature,  ///< a signature that does not verify
    invalid,            ///< breaks a rule of the protocol
    unavailable,        ///< not now: busy, not connected, not synced
    corrupt,            ///< stored data that fails its checksum
    io,                 ///< the operating system said no
    internal,           ///< a mistake of this program
};

/// The name of a code as it stands in JSON and logs, e.g. "not_found".
const char* name_of(ErrorCode code);

struct Error {
    ErrorCode code = ErrorCode::internal;
    std::string message;  ///< what happened, with which value, and what to do

    friend bool operator==(const Error&, const Error&) = default;
};

/// The same error with the place it happened put before its message.
inline Error with_context(Error error, const std::string& context) {
    error.message = context + ": " + error.message;
    return error;
}

/// Thrown when a result's value is taken although it holds an error: a mistake of the program.
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& location);

template <class T>
using Result = boost::system::result<T, Error>;

using Status = Result<void>;

}  // namespace dure

#define DURE_CONCAT_INNER(a, b) a##b
#define DURE_CONCAT(a, b) DURE_CONCAT_INNER(a, b)

/// DURE_TRY(auto x, f()): declares x with f()'s value, or returns f()'s error from the enclosing function.
#define DURE_TRY(declaration, expression)                                                         \
    auto DURE_CONCAT(dure_result_, __LINE__) = (expression);                                      \
    if (!DURE_CONCAT(dure_result_, __LINE__)) return DURE_CONCAT(dure_result_, __LINE__).error(); \
    declaration = std::move(*DURE_CONCAT(dure_result_, __LINE__))

/// DURE_CHECK(f()): returns f()'s error from the enclosing function, if it failed.
#define DURE_CHECK(expression)                                                                    \
    do {                                                                                          \
        if (auto dure_status = (expression); !dure_status) return std::move(dure_status).error(); \
    } while (false)
