// Catching up by heights: whom a node that is behind asks for which final blocks, and what of the answers
// counts. Pure: time is handed in, requests are handed out.
//
// A peer's word counts for nothing: blocks are taken when they follow on the tip hash by hash and a
// finalization by more than two thirds of the validators' weight stands at or after them, in the same epoch: the
// next one's validators are known, and told by `entered`, once its root was executed. One request is under way at a
// time, and none crosses an epoch's end; a peer that is silent or lies is passed over.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "base/hash.h"
#include "base/keys.h"
#include "base/protocol/validators.h"
#include "base/result.h"
#include "consensus/crypto.h"
#include "node/peers/messages.h"

namespace dure::node {

/// So far behind, consensus fetches blocks one by one faster than they come by ranges.
inline constexpr std::uint64_t k_sync_threshold_blocks = 8;
/// Blocks waiting for the finalization that proves them.
inline constexpr std::size_t k_max_unproven_blocks = 1'024;
inline constexpr std::size_t k_max_unproven_bytes = std::size_t{64} << 20;

class BlockSync {
  public:
    using Time = std::chrono::steady_clock::time_point;

    struct Timing {
        std::chrono::milliseconds answer{10'000};  ///< a peer that takes longer is passed over
        std::chrono::milliseconds stalled{
            3'000};  ///< without a new block for so long, being one block behind is reason enough
        std::chrono::milliseconds passed_over{30'000};
    };

    struct Request {
        Account peer;
        RangeRequest range;
    };

    /// Whose finalizations count for the blocks up to `last_height`.
    struct Voters {
        protocol::Epoch epoch;
        protocol::ValidatorSet validators;
        std::optional<protocol::Height> last_height;  ///< none: an epoch without an end
    };

    /// Without a verifier of votes: BIP340's.
    BlockSync(const Hash& chain_id, Voters voters, Timing timing,
              std::shared_ptr<const consensus::Verifier> verifier = nullptr);

    /// This node has entered an epoch.
    void entered(Voters voters);

    /// What a peer says it has: the blocks from `first` up to `height`.
    void heard(const Account& peer, protocol::Height height, protocol::Height first = {1});
    void gone(const Account& peer);
    /// Consensus knows that the chain is final up to here.
    void wanted(protocol::Height height);
    /// This node's tip moved, by sync or otherwise.
    void advanced(protocol::Height height, const Hash& tip, Time now);

    /// The request to send now, if one is due.
    std::optional<Request> next(Time now);

    /// Takes an answer. Returns the blocks that are now proven, in order, the last with its finalization;
    /// maybe none. Errors: `invalid`: the peer sent what no honest one sends.
    Result<std::vector<FinalBlock>> take(const Account& peer, RangeResponse response, Time now);

    /// The most that any peer says it has.
    protocol::Height best_known() const;

  private:
    struct Peer {
        protocol::Height height;
        protocol::Height first;
        Time passed_over_until{};
    };
    struct Active {
        Account peer;
        RangeRequest range;
        Time deadline;
    };
    void drop_unproven();
    Status check_link(const FinalBlock& next) const;
    Status check_finalization(const protocol::Certificate& finalization) const;

    Hash chain_id_;
    Voters voters_;
    Timing timing_;
    std::shared_ptr<const consensus::Verifier> given_verifier_;
    std::shared_ptr<const consensus::Verifier> verifier_;
    protocol::Height height_;
    Hash tip_;
    Time advanced_at_{};
    protocol::Height wanted_;
    std::map<Account, Peer> peers_;
    std::optional<Active> active_;
    std::optional<Account> last_peer_;
    std::vector<FinalBlock> unproven_;  // follow on the tip
    std::size_t unproven_bytes_ = 0;
};

}  // namespace dure::node
