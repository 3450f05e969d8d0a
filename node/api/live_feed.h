// What happens on the chain, told to everybody who listens as server-sent events (WHATWG HTML, 9.2): each final block,
// each step of a round, each settlement.
//
// Promises: every listener has a bounded queue; who does not keep up loses what is in it, and is told so by one event
// `gap`. A bounded number of listeners. An event's id is its block's height.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/json/object.hpp>
#include <chrono>
#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "node/api/http.h"

namespace dure::node {

inline constexpr std::size_t k_max_listeners = 128;
inline constexpr std::size_t k_max_queued_events = 64;
inline constexpr std::chrono::seconds k_heartbeat{15};  ///< a comment, so that dead connections are noticed

using LiveEvent = std::shared_ptr<const std::string>;

/// One event as it goes over the wire. An id of 0 gives none.
LiveEvent live_event(std::string_view name, std::uint64_t id, const boost::json::object& data);

class LiveFeed : public std::enable_shared_from_this<LiveFeed> {
  public:
    explicit LiveFeed(boost::asio::io_context& io) : io_(io) {}

    void publish(const LiveEvent& event);
    /// A body that begins with these events and goes on with what is published. None: there are too many listeners.
    std::shared_ptr<BodySource> listen(std::vector<LiveEvent> first);
    /// Ends all bodies.
    void stop();
    std::size_t listeners() const { return listeners_.size(); }

  private:
    class Listener;
    boost::asio::io_context& io_;
    std::list<Listener*> listeners_;
    bool stopped_ = false;
};

}  // namespace dure::node
