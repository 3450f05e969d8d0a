// What the node keeps in memory for people who look at it: the rounds' numbers, owners by holding, the pace of blocks,
// and the feed of what happens now. It follows the final blocks.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/json/object.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

#include "node/api/live_feed.h"
#include "node/api/owner_index.h"
#include "node/api/round_history.h"
#include "node/chain/chain.h"

namespace dure::node {

inline constexpr std::size_t k_blocks_of_pace = 32;  ///< over so many the pace of blocks is measured
/// So many missed blocks are told again to a listener that comes back.
inline constexpr std::uint64_t k_max_resumed_blocks = 32;

class Explorer {
  public:
    /// Reads the state once: about a second for 10^5 rounds or 10^6 owners. The chain outlives `stop`.
    static std::shared_ptr<Explorer> open(boost::asio::io_context& io, Chain& chain);
    ~Explorer() { stop(); }
    Explorer(const Explorer&) = delete;
    Explorer& operator=(const Explorer&) = delete;

    void stop();

    const RoundHistory& rounds() const { return rounds_; }
    const OwnerIndex& owners() const { return owners_; }
    /// None before two blocks came, or when none came for long.
    std::optional<double> blocks_per_second() const;

    /// A body of live events: what a listener that has seen everything up to height `seen` missed, then what comes.
    /// None: there are too many listeners.
    std::shared_ptr<BodySource> listen(std::optional<std::uint64_t> seen);

  private:
    Explorer(boost::asio::io_context& io, Chain& chain);
    void after_block(const protocol::Block& block, const ledger::BlockOutcome& outcome);
    LiveEvent block_event(const protocol::Block& block) const;
    LiveEvent round_event() const;

    Chain& chain_;
    std::shared_ptr<LiveFeed> feed_;
    RoundHistory rounds_;
    OwnerIndex owners_;
    std::deque<std::chrono::steady_clock::time_point> arrivals_;
    std::optional<std::uint64_t> handle_;
};

/// The round under way, as /v1/status and the live events show it.
boost::json::object live_round_json(const ledger::StateReader& state);

}  // namespace dure::node
