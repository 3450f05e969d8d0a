#include "tools/sim/world.h"

#include <algorithm>

namespace dure::sim {

std::string_view name_of(Fault fault) {
    static constexpr std::array<std::string_view, k_fault_kinds> names{"messages lost",
                                                                       "messages doubled",
                                                                       "messages reordered",
                                                                       "delay spikes",
                                                                       "partitions",
                                                                       "one-way partitions",
                                                                       "partial partitions",
                                                                       "clogged links",
                                                                       "power cuts",
                                                                       "killed processes",
                                                                       "ends in a write",
                                                                       "unsynced writes lost",
                                                                       "torn writes",
                                                                       "writes scattered",
                                                                       "misdirected writes",
                                                                       "bits rotten",
                                                                       "full disks",
                                                                       "disk errors",
                                                                       "slow disks",
                                                                       "pauses",
                                                                       "skewed clocks",
                                                                       "starts with older parameters",
                                                                       "state stores lost",
                                                                       "lies",
                                                                       "messages replayed",
                                                                       "messages withheld",
                                                                       "steps of validators' changes"};
    return names[static_cast<std::size_t>(fault)];
}

void World::after(Duration delay, std::function<void()> act) {
    queue_.push_back({.time = now_ + delay, .order = order_++, .act = std::move(act)});
    std::push_heap(queue_.begin(), queue_.end());
}

bool World::step(Time end) {
    if (queue_.empty() || queue_.front().time > end) {
        now_ = end;
        return false;
    }
    std::pop_heap(queue_.begin(), queue_.end());
    const Item item = std::move(queue_.back());
    queue_.pop_back();
    now_ = item.time;
    item.act();
    return true;
}

void World::run_for(Duration duration) {
    const Time end = now_ + duration;
    while (step(end)) {
    }
}

void World::run_while(Duration at_most, const std::function<bool()>& goes_on) {
    const Time end = now_ + at_most;
    while (goes_on() && step(end)) {
    }
}

void World::note(ByteView bytes) {
    std::uint64_t sum = 14695981039346656037U;
    for (const std::uint8_t byte : bytes)
        sum = (sum ^ byte) * 1099511628211U;
    note(sum);
}

}  // namespace dure::sim
