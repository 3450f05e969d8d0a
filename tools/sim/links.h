// The simulated network's lines: what becomes of a message between two places. They lose, double, delay and reorder;
// they are cut in two, in one direction only, or between some pairs only; they clog, and then deliver all at once.
#pragma once

#include <cstddef>
#include <vector>

#include "tools/sim/world.h"

namespace dure::sim {

struct LinkFaults {
    Duration delay_min{5}, delay_max{40};
    double loss = 0, duplication = 0, spikes = 0;  ///< of each message; a spike takes up to 2 s
    double partitions_per_second = 0;
    bool only_whole_partitions = false;  ///< else also in one direction, and between some pairs
    double clogs_per_second = 0;         ///< of any one line, for up to 3 s
};

class Links {
  public:
    Links(World& world, std::size_t places, LinkFaults faults);

    /// How long each copy of a message is under way; none if it is lost.
    std::vector<Duration> carry(std::size_t from, std::size_t to);
    bool open(std::size_t from, std::size_t to) const { return healed_ || !line(from, to).cut; }
    /// To be called in even steps of time: new trouble begins, old ends.
    void weather(Duration step);
    /// From now on messages only take their time.
    void heal() { healed_ = true; }
    void break_again() { healed_ = false; }

  private:
    struct Line {
        bool cut = false;
        Time clogged_until{};
        Time last_arrival{};
    };
    Line& line(std::size_t from, std::size_t to) { return lines_[from * places_ + to]; }
    const Line& line(std::size_t from, std::size_t to) const { return lines_[from * places_ + to]; }
    void part();

    World& world_;
    std::size_t places_;
    LinkFaults faults_;
    std::vector<Line> lines_;
    Time parted_until_{};
    bool healed_ = false;
};

}  // namespace dure::sim
