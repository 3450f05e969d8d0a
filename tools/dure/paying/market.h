// Which server to ask: those that the chain lists, by price, by how long they took so far, and by how often they failed
// lately. Pure: the time is handed in.
//
// Promises: a server that failed is left alone for a time that doubles with each failure in a row, up to a bound; one that
// nobody knows yet is tried; the order is the same for the same history.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/keys.h"
#include "base/money.h"

namespace dure::tools {

/// A server as the chain lists it.
struct ServerOffer {
    Account server;
    std::string url;  ///< of its HTTP interface
    Coin price_per_input_token;
    Coin price_per_output_token;

    friend bool operator==(const ServerOffer&, const ServerOffer&) = default;
};

/// What a call is expected to need.
struct CallSize {
    std::uint64_t input_tokens = 0;
    std::uint64_t output_tokens = 0;
};

class Market {
  public:
    using Time = std::chrono::steady_clock::time_point;
    using Milliseconds = std::chrono::milliseconds;

    static constexpr Milliseconds k_first_back_off{1'000};
    static constexpr Milliseconds k_back_off_max{300'000};
    /// What a server is taken to need until it was measured.
    static constexpr Milliseconds k_expected_latency{300};

    struct Record {
        ServerOffer offer;
        double latency_ms = -1;  ///< to an answer's first piece, smoothed; -1: not measured
        std::uint64_t answered = 0;
        std::uint64_t failed = 0;
        unsigned failures_in_row = 0;
        Time back{};  ///< not asked before
        std::string last_failure;
    };

    /// The servers there are now; what is known of them is kept.
    void list(const std::vector<ServerOffer>& offers);

    /// Until it is listed again.
    void forget(const Account& server) { records_.erase(server); }

    /// Those that may be asked now, the best first. `funded`: servers with a channel, which are preferred a little: another
    /// one costs a fee and the wait for a block.
    std::vector<ServerOffer> ranked(Time now, const CallSize& size, const std::vector<Account>& funded) const;
    /// When the first of all but these may be asked again; Time::max() if there is none.
    Time next_back(Time now, const std::set<Account>& without = {}) const;

    void answered(const Account& server, Milliseconds latency);
    void failed(const Account& server, Time now, const std::string& why);
    /// It said that it has too much to do: asked again after `pause`, and none the worse for it.
    void busy(const Account& server, Time now, Milliseconds pause);

    const std::map<Account, Record>& records() const { return records_; }

  private:
    std::map<Account, Record> records_;
};

}  // namespace dure::tools
