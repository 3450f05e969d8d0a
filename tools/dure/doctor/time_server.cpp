#include "tools/dure/doctor/time_server.h"

#include <algorithm>
#include <boost/asio.hpp>
#include <optional>

namespace dure::tools {

namespace asio = boost::asio;
using asio::ip::udp;

namespace {

/// Seconds from 1900, where NTP's time begins, to 1970; NTP's era 1 begins in 2036.
constexpr std::uint64_t k_epoch_seconds = 2'208'988'800;
constexpr std::size_t k_originate = 24;
constexpr std::size_t k_receive = 32;
constexpr std::size_t k_transmit = 40;
constexpr std::uint8_t k_version_4 = 4 << 3;
constexpr std::uint8_t k_client = 3;
constexpr std::uint8_t k_server = 4;
constexpr std::uint8_t k_unsynchronized = 3;
constexpr std::uint8_t k_max_stratum = 15;

using Microseconds = std::chrono::duration<std::int64_t, std::micro>;

/// 32 bits of seconds and 32 of their fraction.
std::uint64_t ntp_time(WallTime time) {
    const auto micros =
        static_cast<std::uint64_t>(std::chrono::duration_cast<Microseconds>(time.time_since_epoch()).count());
    const std::uint64_t seconds = micros / 1'000'000 + k_epoch_seconds;
    return (seconds & 0xFFFF'FFFF) << 32 | ((micros % 1'000'000) << 32) / 1'000'000;
}

std::uint64_t read(ByteView bytes, std::size_t at) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 8; ++i)
        value = value << 8 | bytes[at + i];
    return value;
}

/// a − b in microseconds; right across the eras while they are less than 68 years apart.
std::int64_t difference(std::uint64_t a, std::uint64_t b) {
    const auto fixed = static_cast<std::int64_t>(a - b);
    return (fixed >> 32) * 1'000'000 + (((fixed & 0xFFFF'FFFF) * 1'000'000) >> 32);
}

asio::awaitable<void> exchange(const std::string& name, const std::string& port,
                               std::optional<Result<std::chrono::milliseconds>>& result) {
    const auto io = co_await asio::this_coro::executor;
    boost::system::error_code failure;
    udp::resolver resolver(io);
    const auto found =
        co_await resolver.async_resolve(name, port, asio::redirect_error(asio::use_awaitable, failure));
    if (failure) {
        result =
            Error{ErrorCode::unavailable, "the time server " + name + " is not known: " + failure.message()};
        co_return;
    }
    udp::socket socket(io);
    socket.connect(found.begin()->endpoint(), failure);
    const WallTime sent = std::chrono::system_clock::now();
    const Bytes request = sntp_request(sent);
    if (!failure)
        co_await socket.async_send(asio::buffer(request), asio::redirect_error(asio::use_awaitable, failure));
    Bytes answer(512);
    std::size_t count = 0;
    if (!failure)
        count = co_await socket.async_receive(asio::buffer(answer),
                                              asio::redirect_error(asio::use_awaitable, failure));
    if (failure) {
        result = Error{ErrorCode::unavailable,
                       "the time server " + name + " does not answer: " + failure.message()};
        co_return;
    }
    result = sntp_offset(ByteView(answer).first(count), sent, std::chrono::system_clock::now());
}

}  // namespace

Bytes sntp_request(WallTime sent) {
    Bytes request(k_sntp_bytes);
    request[0] = k_version_4 | k_client;
    const std::uint64_t time = ntp_time(sent);
    for (std::size_t i = 0; i < 8; ++i)
        request[k_transmit + i] = static_cast<std::uint8_t>(time >> (8 * (7 - i)));
    return request;
}

Result<std::chrono::milliseconds> sntp_offset(ByteView answer, WallTime sent, WallTime received) {
    const bool is_answer = answer.size() >= k_sntp_bytes && (answer[0] & 7U) == k_server &&
                           read(answer, k_originate) == ntp_time(sent) && read(answer, k_transmit) != 0;
    if (!is_answer)
        return Error{ErrorCode::malformed, "what came is no time server's answer to this request"};
    if (answer[0] >> 6U == k_unsynchronized || answer[1] == 0 || answer[1] > k_max_stratum)
        return Error{ErrorCode::unavailable, "the time server says that it has no right time now"};
    const std::int64_t there = difference(read(answer, k_receive), ntp_time(sent));
    const std::int64_t back = difference(read(answer, k_transmit), ntp_time(received));
    return std::chrono::duration_cast<std::chrono::milliseconds>(Microseconds((there + back) / 2));
}

Result<std::chrono::milliseconds> ask_time_server(const std::string& host,
                                                  std::chrono::milliseconds patience) {
    const std::size_t colon = host.rfind(':');
    const bool has_port = colon != std::string::npos && host.find(':') == colon;
    const std::string name = has_port ? host.substr(0, colon) : host;
    const std::string port = has_port ? host.substr(colon + 1) : std::to_string(k_sntp_port);
    asio::io_context io;
    std::optional<Result<std::chrono::milliseconds>> result;
    asio::co_spawn(io, exchange(name, port, result), asio::detached);
    io.run_for(patience);
    if (!result) return Error{ErrorCode::unavailable, "the time server " + name + " does not answer"};
    return std::move(*result);
}

}  // namespace dure::tools
