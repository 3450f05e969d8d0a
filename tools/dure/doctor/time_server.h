// The difference between this machine's clock and another's, by SNTP (RFC 4330): one question, one answer.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace dure::tools {

inline constexpr std::size_t k_sntp_bytes = 48;
inline constexpr std::uint16_t k_sntp_port = 123;

using WallTime = std::chrono::system_clock::time_point;

/// The request, with our time as its transmit timestamp.
Bytes sntp_request(WallTime sent);
/// The server's time less ours, half the way there and back taken off. Errors: `malformed` (not an answer to a request sent
/// then), `unavailable` (the server says that it has no right time itself).
Result<std::chrono::milliseconds> sntp_offset(ByteView answer, WallTime sent, WallTime received);

/// Asks `host`, "name" or "name:port". Errors: `unavailable` (no such host, no answer in time), and as above.
Result<std::chrono::milliseconds> ask_time_server(const std::string& host,
                                                  std::chrono::milliseconds patience);

}  // namespace dure::tools
