// The time of day, where the API's answers carry it.
#pragma once

#include <chrono>
#include <cstdint>

namespace dure::node {

/// Seconds since 1970-01-01, UTC.
inline std::int64_t unix_seconds() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

}  // namespace dure::node
