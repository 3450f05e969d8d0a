// Which chunk to ask of which peer: the pure part of fetching blobs. A step function: what happened goes in,
// what to do comes out; time is handed in.
//
// Promises: a chunk counts only if its proof leads to the blob's name; a peer that sends a false one is named
// and not asked again for that blob; at most `max_in_flight_per_peer` requests wait at a peer; an answer that
// stays away is asked of another peer; what arrived is kept (up to `max_partial_bytes`) when a fetch gives
// up, so that the next attempt goes on from there. A fetch gives up once no connected peer is left that might
// have the blob.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/blob.h"
#include "base/hash.h"
#include "base/keys.h"
#include "base/result.h"

namespace dure::node {

struct BlobScheduleLimits {
    std::size_t max_in_flight_per_peer = 8;
    std::uint64_t request_timeout_ms = 5'000;
    unsigned max_timeouts_per_peer = 3;  ///< in a row, for one blob; then the peer counts as not having it
    std::size_t max_partial_bytes = std::size_t{2} << 30;  ///< of all unfinished blobs together
};

class BlobSchedule {
  public:
    /// Monotonic milliseconds.
    using Time = std::uint64_t;

    struct Ask {
        Account peer;
        Hash blob;
        std::uint64_t index = 0;
        friend bool operator==(const Ask&, const Ask&) = default;
    };
    struct Completed {
        Hash blob;
        Bytes bytes;
    };
    struct GaveUp {
        Hash blob;
        Error reason;
    };
    struct Accused {
        Account peer;
        std::string reason;
    };
    struct Effects {
        std::vector<Ask> asks;
        std::vector<Completed> completed;
        std::vector<GaveUp> gave_up;
        std::vector<Accused> accused;
    };

    explicit BlobSchedule(BlobScheduleLimits limits = {}) : limits_(limits) {}

    /// Begins to fetch, or does nothing if it is being fetched. `max_bytes` bounds what is accepted for it.
    Effects want(const Hash& blob, std::uint64_t max_bytes, Time now);
    /// Stops fetching; what arrived is kept for the next attempt.
    void cancel(const Hash& blob);

    Effects peer_joined(const Account& peer, Time now);
    Effects peer_left(const Account& peer, Time now);
    Effects chunk_arrived(const Account& peer, const Hash& blob, ByteView data, const MerkleProof& proof,
                          Time now);
    Effects chunk_missing(const Account& peer, const Hash& blob, std::uint64_t index, Time now);
    Effects tick(Time now);

    /// When `tick` has something to do at the earliest; nothing if nothing is in flight.
    std::optional<Time> next_deadline() const;
    std::size_t active() const { return fetches_.size(); }

  private:
    struct Request {
        Account peer;
        Time deadline = 0;
    };
    using InFlight = std::map<std::uint64_t, Request>;
    struct Fetch {
        bool wanted = false;
        std::uint64_t max_bytes = 0;
        std::uint64_t count = 0;  ///< chunks; 0 until the first one proved it
        std::vector<Bytes> chunks;
        std::uint64_t arrived = 0;
        std::uint64_t arrived_bytes = 0;
        std::uint64_t next = 0;  ///< all below are asked for or here
        InFlight in_flight;
        std::deque<std::uint64_t> again;  ///< asked for in vain, to be asked of another
        std::map<Account, unsigned> timeouts;
        std::set<Account> without;  ///< peers that do not have it, or lied about it
        std::uint64_t used = 0;     ///< order of last use
    };

    void ask(Effects& effects, Time now);
    bool ask_one(Fetch& fetch, const Hash& blob, Effects& effects, Time now);
    std::optional<std::uint64_t> next_index(Fetch& fetch);
    const Account* least_busy_peer(const Fetch& fetch) const;
    void withdraw_from(const Account& peer, Fetch& fetch);
    void release(Fetch& fetch, InFlight::iterator request);
    void ask_again(Fetch& fetch, InFlight::iterator request);
    void finish(const Hash& blob, Effects& effects);
    void give_up_where_hopeless(Effects& effects);
    void bound_partials();

    BlobScheduleLimits limits_;
    std::map<Account, std::size_t> peers_;  ///< connected ones, with their requests in flight
    std::map<Hash, Fetch> fetches_;
    std::uint64_t uses_ = 0;
};

}  // namespace dure::node
