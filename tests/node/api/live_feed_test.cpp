#include "node/api/live_feed.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace dure::node {
namespace {

namespace asio = boost::asio;

class LiveFeedTest : public testing::Test {
  protected:
    /// The next part of a body; nothing at its end.
    std::optional<std::string> next(BodySource& source) {
        std::optional<std::string> part;
        asio::co_spawn(
            io_, [&]() -> asio::awaitable<void> { part = co_await source.next(); }, asio::detached);
        io_.restart();
        io_.run();
        return part;
    }
    static LiveEvent event(std::uint64_t height) { return live_event("block", height, {{"height", height}}); }

    asio::io_context io_;
    std::shared_ptr<LiveFeed> feed_ = std::make_shared<LiveFeed>(io_);
};

TEST_F(LiveFeedTest, ALineForEachFieldAndAnEmptyOneBehind) {
    EXPECT_EQ(*event(7), "id: 7\nevent: block\ndata: {\"height\":7}\n\n");
    EXPECT_EQ(*live_event("gap", 0, {}), "event: gap\ndata: {}\n\n");
}

TEST_F(LiveFeedTest, BeginsWithWhatWasMissedAndGoesOn) {
    const auto listener = feed_->listen({event(3), event(4)});
    EXPECT_EQ(next(*listener), "retry: 2000\n\n" + *event(3) + *event(4));
    feed_->publish(event(5));
    feed_->publish(event(6));
    EXPECT_EQ(next(*listener), *event(5) + *event(6));
}

TEST_F(LiveFeedTest, WhoDoesNotReadLosesEventsAndIsTold) {
    const auto listener = feed_->listen({});
    next(*listener);
    for (std::uint64_t i = 1; i <= k_max_queued_events + 3; ++i)
        feed_->publish(event(i));
    const std::string part = next(*listener).value();
    EXPECT_TRUE(part.starts_with("event: gap"));
    EXPECT_TRUE(part.ends_with(*event(k_max_queued_events + 3)));
    EXPECT_LT(part.size(), k_max_queued_events * event(99)->size());
}

TEST_F(LiveFeedTest, ListenersAreCountedAndBounded) {
    std::vector<std::shared_ptr<BodySource>> all;
    for (std::size_t i = 0; i < k_max_listeners; ++i)
        all.push_back(feed_->listen({}));
    EXPECT_EQ(feed_->listeners(), k_max_listeners);
    EXPECT_EQ(feed_->listen({}), nullptr);
    all.pop_back();
    EXPECT_NE(feed_->listen({}), nullptr);
}

TEST_F(LiveFeedTest, StoppingEndsBodies) {
    const auto listener = feed_->listen({});
    feed_->stop();
    EXPECT_EQ(next(*listener), std::nullopt);
    EXPECT_EQ(feed_->listen({}), nullptr);
}

}  // namespace
}  // namespace dure::node
