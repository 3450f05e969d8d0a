// A TCP relay whose bytes arrive a fixed time after they were sent, each way, as over a long line with bandwidth to spare: for
// machines whose kernel cannot delay packets.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <string>
#include <thread>

namespace dure::bench {

class SlowLine {
  public:
    explicit SlowLine(std::chrono::milliseconds delay);
    ~SlowLine();
    SlowLine(const SlowLine&) = delete;
    SlowLine& operator=(const SlowLine&) = delete;

    /// "host:port" to dial.
    std::string endpoint() const;
    /// Where calls are passed on to from now on; before, they are closed.
    void lead_to(const std::string& endpoint);

  private:
    boost::asio::awaitable<void> accept();

    boost::asio::io_context io_;
    boost::asio::ip::tcp::acceptor acceptor_;
    std::chrono::milliseconds delay_;
    boost::asio::ip::tcp::endpoint target_;
    std::thread thread_;
};

}  // namespace dure::bench
