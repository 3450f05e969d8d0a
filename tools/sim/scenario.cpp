#include "tools/sim/scenario.h"

#include <array>

namespace dure::sim {

namespace {

const std::vector<std::vector<std::uint64_t>> k_usual_weights{{1},
                                                              {1, 1},
                                                              {1, 1, 1, 1},
                                                              {1, 1, 1, 1},
                                                              {1, 1, 1, 1},
                                                              {1, 1, 1, 1, 1, 1, 1},
                                                              {5, 3, 2, 2, 1},
                                                              {40, 30, 20, 10},
                                                              {7, 7, 7, 3, 1, 1}};

void draw_roles(Scenario& scenario, Chance& chance) {
    std::uint64_t total = 0, faulty = 0;
    for (const std::uint64_t weight : scenario.weights)
        total += weight;
    scenario.roles.assign(scenario.weights.size(), Role::honest);
    const std::size_t first = chance.below(scenario.weights.size());
    for (std::size_t i = 0; i < scenario.weights.size(); ++i) {
        const std::size_t at = (i + first) % scenario.weights.size();
        const std::uint64_t with = faulty + scenario.weights[at];
        if (scenario.above_the_bound) {
            // A third or more, but never all.
            if (3 * faulty >= total || with == total) continue;
            scenario.roles[at] = chance.one_in(4) ? Role::liar : Role::twins;
            faulty = with;
            continue;
        }
        if (3 * with >= total || chance.one_in(4)) continue;
        scenario.roles[at] = static_cast<Role>(chance.below(7));
        if (scenario.roles[at] != Role::honest) faulty = with;
    }
}

}  // namespace

std::string_view name_of(Mistake mistake) {
    static constexpr std::array<std::string_view, k_mistakes> names{"none",
                                                                    "journal-is-forgotten",
                                                                    "journal-is-not-synced",
                                                                    "blocks-are-not-synced",
                                                                    "speaks-before-the-record",
                                                                    "own-votes-do-not-count",
                                                                    "never-ticks",
                                                                    "gets-no-blocks",
                                                                    "finalizes-after-skip",
                                                                    "weighs-wrongly",
                                                                    "checks-no-signatures",
                                                                    "hardly-backs-off",
                                                                    "executes-nothing",
                                                                    "loses-a-record",
                                                                    "counts-the-old-set",
                                                                    "builds-on-the-last-block"};
    return names[static_cast<std::size_t>(mistake)];
}

Scenario draw(const Wishes& wishes) {
    Chance chance(wishes.seed * 0x9e3779b97f4a7c15 + 1);
    Scenario scenario{.seed = wishes.seed, .weights = {}, .roles = {}, .links = {}, .disks = {}};
    scenario.weights = k_usual_weights[chance.below(k_usual_weights.size())];
    if (wishes.validators > 0) scenario.weights.assign(wishes.validators, 1);
    scenario.observers = chance.below(2);
    if (wishes.nodes > 0)
        scenario.observers =
            wishes.nodes > scenario.weights.size() ? wishes.nodes - scenario.weights.size() : 0;
    scenario.above_the_bound = wishes.above_the_bound && scenario.weights.size() > 2;
    scenario.heals = !wishes.safety && !scenario.above_the_bound;
    scenario.length = wishes.length;
    scenario.storm = chance.between(Duration{10'000}, Duration{40'000});
    scenario.mistake = wishes.mistake;
    scenario.real_signatures = wishes.seed % 10 == 0;
    draw_roles(scenario, chance);

    const auto percent = [&](std::uint64_t most) {
        return static_cast<double>(chance.below(most + 1)) / 100;
    };
    const auto sometimes = [&] { return chance.one_in(2); };
    if (sometimes()) scenario.timing.min_block_interval = Duration{300};
    if (sometimes()) scenario.links.loss = percent(30);
    if (sometimes()) scenario.links.duplication = percent(10);
    if (sometimes()) scenario.links.spikes = percent(20);
    if (sometimes()) scenario.links.partitions_per_second = percent(30);
    if (sometimes()) scenario.links.clogs_per_second = percent(50);
    if (sometimes()) scenario.crashes_per_second = percent(15);
    if (sometimes()) scenario.pauses_per_second = percent(20);
    if (sometimes()) scenario.disks.crash = percent(2);
    if (sometimes()) scenario.disks.slow = percent(10);
    if (chance.one_in(4)) scenario.disks.error = percent(1) / 2;
    if (chance.one_in(4)) scenario.full_disks_per_second = percent(3);
    if (chance.one_in(4)) scenario.lost_states_per_second = percent(2);
    scenario.disks.rot = 0.002;
    scenario.disks.misdirect = 0.005;
    if (sometimes()) scenario.drift_ppm = 20'000;
    if (chance.one_in(4)) scenario.old_parameters = 0.5;
    if (sometimes()) scenario.bad_blocks = 0.3;
    if (sometimes()) scenario.transfers_per_second = 0.2;
    if (!chance.one_in(4)) scenario.epoch_blocks = 1 + chance.below(12);
    if (sometimes()) scenario.changes_per_second = 1;
    if (wishes.epoch_blocks) scenario.epoch_blocks = *wishes.epoch_blocks;
    if (wishes.changes_per_second) scenario.changes_per_second = *wishes.changes_per_second;
    if (scenario.above_the_bound) scenario.epoch_blocks = 0;  // a fork's sides would have sets of their own
    return scenario;
}

}  // namespace dure::sim
