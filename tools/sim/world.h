// The simulated world's ground: virtual time, what is yet to happen, the one source of chance, a digest of all that
// happened, and a count of what went wrong on purpose. Everything in one thread; one seed gives one run, bit for bit,
// on every machine (no clock, no address, no unordered container, no float but exact powers of two has a say).
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <random>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "consensus/time.h"

namespace dure::sim {

using consensus::Duration;
using consensus::Time;

class Chance {
  public:
    explicit Chance(std::uint64_t seed) : generator_(seed) {}
    std::uint64_t word() { return generator_(); }
    std::uint64_t below(std::uint64_t bound) { return generator_() % bound; }
    bool one_in(std::uint64_t count) { return below(count) == 0; }
    bool happens(double probability) {
        return static_cast<double>(generator_() >> 11) / static_cast<double>(std::uint64_t{1} << 53) <
               probability;
    }
    Duration between(Duration low, Duration high) {
        return low + Duration{static_cast<Duration::rep>(
                         below(static_cast<std::uint64_t>((high - low).count()) + 1))};
    }

  private:
    std::mt19937_64 generator_;
};

/// What goes wrong on purpose.
enum class Fault : std::uint8_t {
    loss,
    duplication,
    reordering,
    delay_spike,
    partition,
    one_way_partition,
    partial_partition,
    clogged_link,
    crash,
    killed_process,
    crash_in_write,
    lost_write,
    torn_write,
    scattered_write,
    misdirected_write,
    bit_rot,
    full_disk,
    disk_error,
    slow_disk,
    pause,
    skewed_clock,
    old_parameters,
    lost_state,
    lie,
    replay,
    withheld,
    validator_change,
};
inline constexpr std::size_t k_fault_kinds = static_cast<std::size_t>(Fault::validator_change) + 1;
/// In words, for people.
std::string_view name_of(Fault fault);

using FaultCounts = std::array<std::uint64_t, k_fault_kinds>;

class World {
  public:
    explicit World(std::uint64_t seed) : chance(seed) {}
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    Time now() const { return now_; }
    /// Something to happen; of two at the same time the one that was said first comes first.
    void after(Duration delay, std::function<void()> act);
    /// Lets time pass.
    void run_for(Duration duration);
    /// Lets time pass for as long as `goes_on` says so, which is asked after everything that happens.
    void run_while(Duration at_most, const std::function<bool()>& goes_on);

    /// Makes a word, or bytes, part of the digest.
    void note(std::uint64_t word) { trace_ = (trace_ ^ word) * 0xbf58476d1ce4e5b9 + (trace_ >> 31); }
    void note(ByteView bytes);
    std::uint64_t trace() const { return trace_; }

    void count(Fault fault) { ++faults_[static_cast<std::size_t>(fault)]; }
    const FaultCounts& faults() const { return faults_; }

    Chance chance;

  private:
    struct Item {
        Time time;
        std::uint64_t order;
        std::function<void()> act;
        bool operator<(const Item& other) const {
            return time != other.time ? other.time < time : other.order < order;
        }
    };
    bool step(Time end);

    std::vector<Item> queue_;  // a heap
    std::uint64_t order_ = 0;
    Time now_{};
    std::uint64_t trace_ = 0;
    FaultCounts faults_{};
};

}  // namespace dure::sim
