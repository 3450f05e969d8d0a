#include "tools/sim/links.h"

namespace dure::sim {

Links::Links(World& world, std::size_t places, LinkFaults faults)
    : world_(world), places_(places), faults_(faults), lines_(places * places) {}

std::vector<Duration> Links::carry(std::size_t from, std::size_t to) {
    Chance& chance = world_.chance;
    Line& way = line(from, to);
    if (!open(from, to)) return {};
    if (!healed_ && chance.happens(faults_.loss)) {
        world_.count(Fault::loss);
        return {};
    }
    std::vector<Duration> copies(1);
    if (!healed_ && chance.happens(faults_.duplication)) {
        world_.count(Fault::duplication);
        copies.emplace_back();
    }
    for (Duration& delay : copies) {
        delay = chance.between(faults_.delay_min, faults_.delay_max);
        if (!healed_ && chance.happens(faults_.spikes)) {
            world_.count(Fault::delay_spike);
            delay += chance.between(Duration{0}, Duration{2000});
        }
        Time arrival = world_.now() + delay;
        if (!healed_ && arrival < way.clogged_until) arrival = way.clogged_until;
        if (arrival < way.last_arrival) world_.count(Fault::reordering);
        way.last_arrival = std::max(arrival, way.last_arrival);
        delay = arrival - world_.now();
    }
    return copies;
}

void Links::weather(Duration step) {
    if (healed_) return;
    Chance& chance = world_.chance;
    const double seconds = static_cast<double>(step.count()) / 1000;
    if (world_.now() >= parted_until_) {
        for (Line& way : lines_)
            way.cut = false;
        if (chance.happens(faults_.partitions_per_second * seconds)) part();
    }
    if (faults_.clogs_per_second > 0 && chance.happens(faults_.clogs_per_second * seconds)) {
        world_.count(Fault::clogged_link);
        line(chance.below(places_), chance.below(places_)).clogged_until =
            world_.now() + chance.between(Duration{200}, Duration{3000});
    }
}

void Links::part() {
    Chance& chance = world_.chance;
    const std::uint64_t kind = faults_.only_whole_partitions ? 0 : chance.below(3);
    world_.count(kind == 0   ? Fault::partition
                 : kind == 1 ? Fault::one_way_partition
                             : Fault::partial_partition);
    const std::uint64_t sides = chance.word();
    for (std::size_t from = 0; from < places_; ++from) {
        for (std::size_t to = 0; to < places_; ++to) {
            const bool one = (sides >> (from % 64) & 1) != 0, other = (sides >> (to % 64) & 1) != 0;
            if (kind == 0) line(from, to).cut = one != other;
            if (kind == 1) line(from, to).cut = one && !other;
            if (kind == 2 && from < to) line(from, to).cut = line(to, from).cut = chance.one_in(3);
        }
    }
    parted_until_ = world_.now() + chance.between(Duration{200}, Duration{4000});
}

}  // namespace dure::sim
