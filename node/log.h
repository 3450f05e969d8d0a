// Where the node's log goes and what its lines look like: to standard error, as text for people or as one JSON object a line
// for programs that collect logs (log_format in the configuration).
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace dure::node {

inline constexpr const char* k_plain_log = "plain";
inline constexpr const char* k_json_log = "json";

/// From now on messages of `level` and above are written in `format`; both as NodeConfig has them.
void begin_log(const std::string& level, const std::string& format);

/// {"time":"2026-11-22T12:00:00.123Z","level":"info","message":"…"} without a line's end: one line of valid JSON and UTF-8,
/// whatever the message has in it (bytes that are no UTF-8 become U+FFFD).
std::string json_log_line(std::chrono::system_clock::time_point time, std::string_view level,
                          std::string_view message);

}  // namespace dure::node
