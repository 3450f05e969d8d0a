#include "node/api/live_feed.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/serialize.hpp>

namespace dure::node {

namespace asio = boost::asio;

LiveEvent live_event(std::string_view name, std::uint64_t id, const boost::json::object& data) {
    std::string text;
    if (id != 0) text += "id: " + std::to_string(id) + "\n";
    text += "event: ";
    text += name;
    text += "\ndata: " + boost::json::serialize(data) + "\n\n";
    return std::make_shared<const std::string>(std::move(text));
}

class LiveFeed::Listener final : public BodySource {
  public:
    Listener(std::shared_ptr<LiveFeed> feed, std::vector<LiveEvent> first)
        : feed_(std::move(feed)), queue_(first.begin(), first.end()), wake_(feed_->io_) {
        place_ = feed_->listeners_.insert(feed_->listeners_.end(), this);
    }
    ~Listener() override { feed_->listeners_.erase(place_); }

    void tell(const LiveEvent& event) {
        if (queue_.size() >= k_max_queued_events) {
            queue_.clear();
            static const LiveEvent gap = live_event("gap", 0, {});
            queue_.push_back(gap);
        }
        queue_.push_back(event);
        wake_.cancel();
    }
    void end() {
        ended_ = true;
        wake_.cancel();
    }

    asio::awaitable<std::optional<std::string>> next() override {
        if (queue_.empty() && !ended_) {
            wake_.expires_after(k_heartbeat);
            boost::system::error_code ignored;
            co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        }
        if (ended_) co_return std::nullopt;
        if (queue_.empty()) co_return std::string(": alive\n\n");
        std::string part;
        for (const LiveEvent& event : queue_)
            part += *event;
        queue_.clear();
        co_return part;
    }

  private:
    std::shared_ptr<LiveFeed> feed_;
    std::deque<LiveEvent> queue_;
    asio::steady_timer wake_;
    std::list<Listener*>::iterator place_;
    bool ended_ = false;
};

void LiveFeed::publish(const LiveEvent& event) {
    for (Listener* const listener : listeners_)
        listener->tell(event);
}

std::shared_ptr<BodySource> LiveFeed::listen(std::vector<LiveEvent> first) {
    if (stopped_ || listeners_.size() >= k_max_listeners) return nullptr;
    first.insert(first.begin(), std::make_shared<const std::string>("retry: 2000\n\n"));
    return std::make_shared<Listener>(shared_from_this(), std::move(first));
}

void LiveFeed::stop() {
    stopped_ = true;
    for (Listener* const listener : listeners_)
        listener->end();
}

}  // namespace dure::node
