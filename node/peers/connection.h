// One line to one peer: the hello, then frames both ways. Owned by its coroutines; `close` ends them.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/keys.h"
#include "base/result.h"
#include "node/peers/hello.h"
#include "node/peers/messages.h"
#include "node/peers/send_queue.h"
#include "node/peers/stream.h"

namespace dure::node {

using SteadyTime = std::chrono::steady_clock::time_point;

class Connection : public std::enable_shared_from_this<Connection> {
  public:
    Connection(Stream stream, bool outbound, SteadyTime deadline);

    /// Exchanges hellos and proofs; on success `node` and `endpoint` are the peer's. Errors: `invalid`,
    /// `invalid_signature`, `malformed`, `unavailable`.
    boost::asio::awaitable<Status> shake_hands(Hello own, const SecretKey& key);

    /// The next message. Errors: `malformed` (a frame against the rules), `unavailable` (the line is gone).
    boost::asio::awaitable<Result<Message>> receive();

    /// Writes queued frames until the line is closed.
    boost::asio::awaitable<void> write_queued();

    /// False if the class's queue is full.
    bool queue(const Frame& frame, Priority priority);

    /// Ends the line; the first reason is kept.
    void close(const std::string& reason);

    Account node;
    std::string endpoint;  ///< where the peer says it listens
    std::string remote;    ///< its address, for logs
    const bool outbound;
    SteadyTime deadline;      ///< closed then; moved on by everything received
    SteadyTime last_asked{};  ///< when it was last asked for its peers
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
    std::string close_reason;
    bool closed = false;

  private:
    boost::asio::awaitable<Result<Bytes>> read_exactly(std::size_t count);
    boost::asio::awaitable<Result<Bytes>> exchange(Bytes frame_body);

    Stream stream_;
    SendQueue queue_;
    boost::asio::steady_timer wake_;  // cancelled when there is something to write
};

/// A message as it goes over the line.
Frame make_frame(const Message& message);

}  // namespace dure::node
