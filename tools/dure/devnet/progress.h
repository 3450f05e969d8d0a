// A devnet's progress for who watches: a few lines in place on a terminal, a plain log elsewhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <map>
#include <string>

#include "tools/dure/devnet/layout.h"
#include "tools/dure/devnet/network.h"

namespace dure::tools {

/// Where the chain stands at a moment.
struct Snapshot {
    std::uint64_t height = 0;
    std::uint64_t round = 0;
    std::string phase;
    std::uint64_t decided = 0;        ///< rounds that brought a new checkpoint
    std::uint64_t held_out_loss = 0;  ///< micro-nats
    std::uint64_t generation = 0;     ///< the model's size class
    std::uint64_t total_shares = 0;
    std::map<std::string, std::uint64_t> shares;  ///< by name; a node's bond counts as the node's
};

/// Errors: `unavailable` while no node answers.
Result<Snapshot> take_snapshot(Network& network, const Devnet& devnet);

class Progress {
  public:
    Progress(std::ostream& out, bool in_place)
        : out_(out), in_place_(in_place), began_(std::chrono::steady_clock::now()) {}

    void show(const Snapshot& snapshot);
    /// A line that stays.
    void say(const std::string& line);
    /// Leaves the moving lines as they are.
    void finish() { moving_lines_ = 0; }

  private:
    std::string clock() const;
    std::string blocks_per_second(std::uint64_t height);
    void clear_moving_lines();
    void show_in_place(const Snapshot& snapshot);
    void log(const Snapshot& snapshot);

    std::ostream& out_;
    bool in_place_;
    std::chrono::steady_clock::time_point began_;
    std::chrono::steady_clock::time_point last_line_{};
    unsigned moving_lines_ = 0;
    std::uint64_t first_loss_ = 0;
    std::uint64_t first_height_ = 0;
    std::chrono::steady_clock::time_point first_time_{};
    Snapshot before_;
};

}  // namespace dure::tools
