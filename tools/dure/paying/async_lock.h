// A lock for coroutines of one io_context: whoever waits is resumed in the order of coming. Not for threads.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <memory>
#include <utility>

namespace dure::tools {

class AsyncLock {
    struct State {
        bool taken = false;
        std::deque<std::shared_ptr<boost::asio::steady_timer>> waiting;
    };

  public:
    class Guard {
      public:
        Guard() = default;
        explicit Guard(std::shared_ptr<State> state) : state_(std::move(state)) {}
        Guard(Guard&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
        Guard& operator=(Guard&& other) noexcept {
            release();
            state_ = std::exchange(other.state_, nullptr);
            return *this;
        }
        ~Guard() { release(); }
        void release() {
            if (!state_) return;
            const std::shared_ptr<State> state = std::exchange(state_, nullptr);
            if (state->waiting.empty()) {
                state->taken = false;
                return;
            }
            state->waiting.front()->cancel();  // it has the lock now
            state->waiting.pop_front();
        }

      private:
        std::shared_ptr<State> state_;
    };

    boost::asio::awaitable<Guard> take(boost::asio::io_context& io) {
        const std::shared_ptr<State> state = state_;
        if (state->taken) {
            const auto turn =
                std::make_shared<boost::asio::steady_timer>(io, boost::asio::steady_timer::time_point::max());
            state->waiting.push_back(turn);
            boost::system::error_code ignored;
            co_await turn->async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
        }
        state->taken = true;
        co_return Guard(state);
    }

  private:
    std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace dure::tools
