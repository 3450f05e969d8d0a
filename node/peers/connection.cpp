#include "node/peers/connection.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "node/peers/as_tuple.h"
#include "node/peers/peers.h"

namespace dure::node {

namespace asio = boost::asio;

namespace {

constexpr std::size_t k_read_step_bytes = 64 * 1024;
constexpr std::size_t k_write_batch_bytes = 256 * 1024;

Bytes with_length(ByteView body) {
    Writer writer;
    writer.reserve(4 + body.size());
    writer.number(static_cast<std::uint32_t>(body.size()));
    writer.raw(body);
    return writer.take();
}

std::uint32_t length_in(ByteView bytes) {
    Reader reader(bytes);
    std::uint32_t length = 0;
    DURE_ASSERT(reader.number(length));
    return length;
}

std::string address_of(const Stream& stream) {
    boost::system::error_code error;
    const auto remote = stream.remote_endpoint(error);
    if (error) return "unknown";
    return remote.address().to_string() + ":" + std::to_string(remote.port());
}

}  // namespace

Frame make_frame(const Message& message) {
    Bytes body = encode(message);
    DURE_ASSERT(body.size() <= message_limit(message.index()));
    return std::make_shared<const Bytes>(with_length(body));
}

Connection::Connection(Stream stream, bool is_outbound, SteadyTime closes_at)
    : remote(address_of(stream)),
      outbound(is_outbound),
      deadline(closes_at),
      stream_(std::move(stream)),
      queue_({k_max_queued_consensus_bytes, k_max_queued_normal_bytes, k_max_queued_bulk_bytes}),
      wake_(stream_.get_executor()) {}

asio::awaitable<Result<Bytes>> Connection::read_exactly(std::size_t count) {
    // Memory grows with what has arrived, not with what was announced.
    Bytes bytes;
    while (bytes.size() < count) {
        const std::size_t before = bytes.size();
        bytes.resize(std::min(count, before + std::max(before, k_read_step_bytes)));
        auto [error, got] = co_await asio::async_read(
            stream_, asio::buffer(bytes.data() + before, bytes.size() - before), k_as_tuple);
        bytes_in += got;
        if (error) co_return Error{ErrorCode::unavailable, "the line was closed: " + error.message()};
    }
    co_return bytes;
}

asio::awaitable<Result<Bytes>> Connection::exchange(Bytes frame_body) {
    const Bytes frame = with_length(frame_body);
    auto [error, sent] = co_await asio::async_write(stream_, asio::buffer(frame), k_as_tuple);
    bytes_out += sent;
    if (error) co_return Error{ErrorCode::unavailable, "the line was closed: " + error.message()};
    const auto head = co_await read_exactly(4);
    if (!head) co_return head.error();
    const std::uint32_t length = length_in(*head);
    if (length == 0 || length > k_max_hello_bytes)
        co_return Error{ErrorCode::malformed, "a hello of " + std::to_string(length) + " bytes"};
    auto body = co_await read_exactly(length);
    co_return body;
}

asio::awaitable<Status> Connection::shake_hands(Hello own, const SecretKey& key) {
    const auto first = co_await exchange(encode(own));
    if (!first) co_return first.error();
    const auto other = decode<Hello>(*first);
    if (!other) co_return with_context(other.error(), "its hello");
    if (auto checked = check_hello(own, *other); !checked) co_return checked.error();

    const HelloProof proof{key.sign(hello_digest(own, *other))};
    const auto second = co_await exchange(encode(proof));
    if (!second) co_return second.error();
    const auto answer = decode<HelloProof>(*second);
    if (!answer) co_return with_context(answer.error(), "its proof");
    if (!verify(other->node, hello_digest(*other, own), answer->signature)) {
        co_return Error{ErrorCode::invalid_signature, "it did not prove to be " + other->node.address()};
    }
    node = other->node;
    endpoint = other->endpoint;
    co_return Status();
}

asio::awaitable<Result<Message>> Connection::receive() {
    const auto head = co_await read_exactly(5);
    if (!head) co_return head.error();
    const std::uint32_t length = length_in(*head);
    const std::size_t tag = head->back();
    if (length == 0 || length > message_limit(tag)) {
        co_return Error{ErrorCode::malformed, "a frame of " + std::to_string(length) +
                                                  " bytes for message type " + std::to_string(tag) + " (" +
                                                  message_name(tag) + ", at most " +
                                                  std::to_string(message_limit(tag)) + ")"};
    }
    auto body = co_await read_exactly(length - 1);
    if (!body) co_return body.error();
    body->insert(body->begin(), static_cast<std::uint8_t>(tag));
    auto message = decode<Message>(*body);
    if (!message)
        co_return with_context(message.error(), std::string("a message of type ") + message_name(tag));
    co_return std::move(*message);
}

asio::awaitable<void> Connection::write_queued() {
    const auto self = shared_from_this();
    while (!closed) {
        if (queue_.empty()) {
            wake_.expires_at(SteadyTime::max());
            static_cast<void>(co_await wake_.async_wait(k_as_tuple));
            continue;
        }
        const std::vector<Frame> frames = queue_.take(k_write_batch_bytes);
        std::vector<asio::const_buffer> buffers;
        buffers.reserve(frames.size());
        for (const Frame& frame : frames)
            buffers.push_back(asio::buffer(*frame));
        auto [error, sent] = co_await asio::async_write(stream_, buffers, k_as_tuple);
        bytes_out += sent;
        if (error) close("writing failed: " + error.message());
    }
}

bool Connection::queue(const Frame& frame, Priority priority) {
    if (closed || !queue_.push(frame, priority)) return false;
    wake_.cancel();
    return true;
}

void Connection::close(const std::string& reason) {
    if (closed) return;
    closed = true;
    close_reason = reason;
    boost::system::error_code ignored;
    stream_.shutdown(Stream::shutdown_both, ignored);
    stream_.close(ignored);
    wake_.cancel();
}

}  // namespace dure::node
