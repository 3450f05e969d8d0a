#include "tools/bench/slow_line.h"

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <deque>
#include <memory>
#include <vector>

namespace dure::bench {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

using Clock = std::chrono::steady_clock;

/// One direction of a call: what was read waits here until it is due.
class OneWay : public std::enable_shared_from_this<OneWay> {
  public:
    OneWay(std::shared_ptr<tcp::socket> from, std::shared_ptr<tcp::socket> to, Clock::duration delay)
        : from_(std::move(from)), to_(std::move(to)), delay_(delay), wake_(from_->get_executor()) {}

    void start() {
        auto reading = [self = shared_from_this()] { return self->read(); };
        auto writing = [self = shared_from_this()] { return self->write(); };
        asio::co_spawn(from_->get_executor(), std::move(reading), asio::detached);
        asio::co_spawn(from_->get_executor(), std::move(writing), asio::detached);
    }

  private:
    struct Piece {
        Clock::time_point due;
        std::vector<char> bytes;
    };

    asio::awaitable<void> read() {
        std::array<char, 65536> part{};
        boost::system::error_code failure;
        while (true) {
            const std::size_t size = co_await from_->async_read_some(
                asio::buffer(part), asio::redirect_error(asio::use_awaitable, failure));
            if (failure) break;
            pieces_.push_back(
                {Clock::now() + delay_, {part.begin(), part.begin() + static_cast<long>(size)}});
            if (pieces_.size() == 1) wake_.cancel();
        }
        ended_ = true;
        wake_.cancel();
    }

    asio::awaitable<void> write() {
        boost::system::error_code failure;
        while (!failure) {
            if (pieces_.empty()) {
                if (ended_) break;
                wake_.expires_at(Clock::time_point::max());
            } else {
                wake_.expires_at(pieces_.front().due);
            }
            boost::system::error_code woken;
            co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
            while (!failure && !pieces_.empty() && pieces_.front().due <= Clock::now()) {
                const Piece piece = std::move(pieces_.front());
                pieces_.pop_front();
                co_await asio::async_write(*to_, asio::buffer(piece.bytes),
                                           asio::redirect_error(asio::use_awaitable, failure));
            }
        }
        boost::system::error_code ignored;
        to_->close(ignored);
        from_->close(ignored);
    }

    std::shared_ptr<tcp::socket> from_;
    std::shared_ptr<tcp::socket> to_;
    Clock::duration delay_;
    asio::steady_timer wake_;
    std::deque<Piece> pieces_;
    bool ended_ = false;
};

}  // namespace

SlowLine::SlowLine(std::chrono::milliseconds delay)
    : acceptor_(io_, {asio::ip::address_v4::loopback(), 0}), delay_(delay) {
    asio::co_spawn(io_, accept(), asio::detached);
    thread_ = std::thread([this] { io_.run(); });
}

SlowLine::~SlowLine() {
    io_.stop();
    thread_.join();
}

std::string SlowLine::endpoint() const {
    return "127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
}

void SlowLine::lead_to(const std::string& endpoint) {
    const auto port = static_cast<unsigned short>(std::stoul(endpoint.substr(endpoint.rfind(':') + 1)));
    asio::post(io_, [this, port] { target_ = {asio::ip::address_v4::loopback(), port}; });
}

asio::awaitable<void> SlowLine::accept() {
    while (true) {
        boost::system::error_code failure;
        auto caller = std::make_shared<tcp::socket>(io_);
        co_await acceptor_.async_accept(*caller, asio::redirect_error(asio::use_awaitable, failure));
        if (failure) co_return;
        auto called = std::make_shared<tcp::socket>(io_);
        if (target_.port() == 0) continue;
        co_await called->async_connect(target_, asio::redirect_error(asio::use_awaitable, failure));
        if (failure) continue;
        caller->set_option(tcp::no_delay(true), failure);
        called->set_option(tcp::no_delay(true), failure);
        std::make_shared<OneWay>(caller, called, delay_)->start();
        std::make_shared<OneWay>(called, caller, delay_)->start();
    }
}

}  // namespace dure::bench
