// What this program calls itself to people, metrics and other tools.
#pragma once

namespace dure {

inline constexpr const char* k_version = "0.1.0";

}  // namespace dure
