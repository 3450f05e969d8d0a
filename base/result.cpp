#include "base/result.h"

#include <stdexcept>

namespace dure {

const char* name_of(ErrorCode code) {
    switch (code) {
        case ErrorCode::malformed:
            return "malformed";
        case ErrorCode::out_of_range:
            return "out_of_range";
        case ErrorCode::not_found:
            return "not_found";
        case ErrorCode::duplicate:
            return "duplicate";
        case ErrorCode::conflict:
            return "conflict";
        case ErrorCode::expired:
            return "expired";
        case ErrorCode::insufficient:
            return "insufficient";
        case ErrorCode::unauthorized:
            return "unauthorized";
        case ErrorCode::invalid_signature:
            return "invalid_signature";
        case ErrorCode::invalid:
            return "invalid";
        case ErrorCode::unavailable:
            return "unavailable";
        case ErrorCode::corrupt:
            return "corrupt";
        case ErrorCode::io:
            return "io";
        case ErrorCode::internal:
            return "internal";
    }
    return "unknown";
}

void throw_exception_from_error(const Error& error, const boost::source_location& location) {
    throw std::logic_error(std::string(location.file_name()) + ":" + std::to_string(location.line()) +
                           ": took the value of a result that is an error: " + error.message);
}

}  // namespace dure
