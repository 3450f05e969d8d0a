// HTTP reads of the node's server in a second ÷ those of a minimal Beast server with the same stream type (tcp_stream in a
// coroutine) and the same body. One connection each of 32 clients is kept; each server has a thread, the clients another;
// they are measured in turn.
//
// usage: bench_http [--json FILE]
#include <array>
#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <iostream>
#include <thread>

#include "node/api/http_server.h"
#include "node/api/routes.h"
#include "tools/bench/figures.h"
#include "tools/bench/timing.h"

namespace dure::node {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

constexpr std::size_t k_clients = 32;
constexpr int k_turns = 11;
constexpr double k_turn_seconds = 0.5;

const std::string k_body = R"({"chain_id":")" + std::string(64, 'a') + R"(","height":123456,"state_root":")" +
                           std::string(64, 'b') + R"(","rounds":77,"held_out_loss":2345678})";

/// The least that answers: reads a request, writes the body.
class MinimalServer {
  public:
    explicit MinimalServer(asio::io_context& io) : acceptor_(io, {asio::ip::address_v4::loopback(), 0}) {
        asio::co_spawn(io, accept(), asio::detached);
    }
    tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }

  private:
    asio::awaitable<void> accept() {
        while (true) {
            tcp::socket socket = co_await acceptor_.async_accept(asio::use_awaitable);
            asio::co_spawn(acceptor_.get_executor(), serve(beast::tcp_stream(std::move(socket))),
                           asio::detached);
        }
    }

    static asio::awaitable<void> serve(beast::tcp_stream stream) {
        beast::flat_buffer buffer;
        boost::system::error_code failure;
        stream.socket().set_option(tcp::no_delay(true), failure);
        while (true) {
            http::request<http::string_body> request;
            stream.expires_after(std::chrono::seconds(30));
            co_await http::async_read(stream, buffer, request,
                                      asio::redirect_error(asio::use_awaitable, failure));
            if (failure) co_return;
            http::response<http::string_body> response(http::status::ok, request.version());
            response.set(http::field::content_type, "application/json");
            response.keep_alive(request.keep_alive());
            response.body() = k_body;
            response.prepare_payload();
            co_await http::async_write(stream, response, asio::redirect_error(asio::use_awaitable, failure));
            if (failure) co_return;
        }
    }

    tcp::acceptor acceptor_;
};

/// A server on a thread of its own.
class Running {
  public:
    explicit Running(asio::io_context& io) : io_(io), thread_([&io] { io.run(); }) {}
    ~Running() {
        io_.stop();
        thread_.join();
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

  private:
    asio::io_context& io_;
    std::thread thread_;
};

/// Asks over and over until time is up; answers are told apart by their length, which is always the same.
class Clients {
  public:
    explicit Clients(const tcp::endpoint& server) : server_(server) {
        for (std::size_t i = 0; i < k_clients; ++i) {
            sockets_.emplace_back(io_);
            sockets_.back().connect(server);
            sockets_.back().set_option(tcp::no_delay(true));
        }
        const std::string first = ask_once();
        length_ = first.size();
    }

    double reads_per_second() {
        io_.restart();
        reads_ = 0;
        const double began = bench::seconds_now();
        until_ = began + k_turn_seconds;
        for (tcp::socket& socket : sockets_)
            asio::co_spawn(io_, ask(socket), asio::detached);
        io_.run();
        return static_cast<double>(reads_) / (bench::seconds_now() - began);
    }

  private:
    std::string ask_once() {
        asio::write(sockets_.front(), asio::buffer(request_));
        std::string answer;
        std::array<char, 4096> part{};
        while (answer.find(k_body) == std::string::npos)
            answer.append(part.data(), sockets_.front().read_some(asio::buffer(part)));
        return answer;
    }

    asio::awaitable<void> ask(tcp::socket& socket) {
        std::string answer(length_, '\0');
        while (bench::seconds_now() < until_) {
            co_await asio::async_write(socket, asio::buffer(request_), asio::use_awaitable);
            co_await asio::async_read(socket, asio::buffer(answer), asio::use_awaitable);
            ++reads_;
        }
    }

    asio::io_context io_;
    tcp::endpoint server_;
    std::vector<tcp::socket> sockets_;
    const std::string request_ = "GET /v1/status HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: bench\r\n\r\n";
    std::size_t length_ = 0;
    std::uint64_t reads_ = 0;
    double until_ = 0;
};

int run(int argc, const char* const* argv) {
    bench::Figures figures("http", argc, argv);
    asio::io_context minimal_io;
    asio::io_context own_io;
    const MinimalServer minimal(minimal_io);
    Router router;
    router.add("GET", "/v1/status", {}, 0, at_once([](const HttpRequest&) {
                   HttpResponse response;
                   response.body = k_body;
                   return response;
               }));
    HttpServer own(own_io, {}, std::move(router));
    if (const Status started = own.start(); !started) {
        std::cerr << started.error().message << "\n";
        return 1;
    }
    const Running minimal_running(minimal_io);
    const Running own_running(own_io);
    Clients of_minimal(minimal.endpoint());
    Clients of_own(*parse_listen_address(own.endpoint()));
    bench::Numbers minimal_reads;
    bench::Numbers own_reads;
    for (int turn = 0; turn < k_turns; ++turn) {
        minimal_reads.add(of_minimal.reads_per_second());
        own_reads.add(of_own.reads_per_second());
    }
    figures.add("http_reads_per_minimal", own_reads.median() / minimal_reads.median(), "ratio",
                bench::Bar::at_least, 0.8);
    figures.detail("own_reads_per_second", own_reads.median());
    figures.detail("minimal_reads_per_second", minimal_reads.median());
    return figures.finish();
}

}  // namespace
}  // namespace dure::node

int main(int argc, char** argv) {
    return dure::node::run(argc, argv);
}
