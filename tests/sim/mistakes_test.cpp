// The simulator can fail: each planted mistake is found within a bounded number of seeds.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "tools/sim/simulation.h"

namespace dure::sim {
namespace {

struct Planted {
    Mistake mistake;
    std::uint64_t seeds;                       ///< within so many it must be found
    std::function<void(Scenario&)> weather{};  ///< that brings it out
};

void four_honest(Scenario& scenario) {
    scenario.weights = {1, 1, 1, 1};
    scenario.roles.assign(4, Role::honest);
    scenario.real_signatures = false;
}
void crash_often(Scenario& scenario) {
    four_honest(scenario);
    scenario.crashes_per_second = 0.3;
    scenario.disks.crash = 0.02;
}
void lose_much(Scenario& scenario) {
    four_honest(scenario);
    scenario.links.loss = 0.3;
}
void end_epochs_often(Scenario& scenario) {
    four_honest(scenario);
    scenario.weights = {5, 3, 2, 2};
    scenario.epoch_blocks = 3;
    scenario.changes_per_second = 2;
}
void with_one(Role role, Scenario& scenario) {
    four_honest(scenario);
    scenario.roles[0] = role;
    scenario.links.partitions_per_second = 0.3;
    scenario.bad_blocks = 0.5;
}

const std::vector<Planted> k_planted{
    {Mistake::journal_is_forgotten, 20, crash_often},
    {Mistake::journal_is_not_synced, 20, crash_often},
    {Mistake::blocks_are_not_synced, 20, crash_often},
    {Mistake::speaks_before_the_record, 20, crash_often},
    {Mistake::own_votes_do_not_count, 20,
     [](Scenario& scenario) {
         crash_often(scenario);
         scenario.roles[0] = Role::silent;
     }},
    {Mistake::never_ticks, 20, lose_much},
    {Mistake::gets_no_blocks, 20,
     [](Scenario& scenario) {
         lose_much(scenario);
         scenario.crashes_per_second = 0.1;
     }},
    {Mistake::finalizes_after_skip, 20, lose_much},
    {Mistake::weighs_wrongly, 40,
     [](Scenario& scenario) {
         with_one(Role::twins, scenario);
         scenario.weights.assign(7, 1);
         scenario.roles.resize(7, Role::honest);
         scenario.links.only_whole_partitions = true;
         scenario.links.partitions_per_second = 1;
         scenario.heals = false;
     }},
    {Mistake::checks_no_signatures, 20, [](Scenario& scenario) { with_one(Role::liar, scenario); }},
    {Mistake::hardly_backs_off, 20,
     [](Scenario& scenario) {
         four_honest(scenario);
         scenario.links.delay_min = Duration{200};
         scenario.links.delay_max = Duration{500};
     }},
    {Mistake::executes_nothing, 20, [](Scenario& scenario) { with_one(Role::twins, scenario); }},
    {Mistake::loses_a_record, 20, four_honest},
    {Mistake::counts_the_old_set, 20, end_epochs_often},
    {Mistake::builds_on_the_last_block, 20, end_epochs_often},
};

/// What the first seed that finds it says; nothing if none does.
std::string finding(const Planted& planted, bool plant) {
    for (std::uint64_t seed = 1; seed <= planted.seeds; ++seed) {
        Scenario scenario = draw({.seed = seed, .length = Duration{60'000}});
        planted.weather(scenario);
        if (plant) scenario.mistake = planted.mistake;
        const Report report = simulate(scenario);
        if (!report.violations.empty())
            return "seed " + std::to_string(seed) + ": " + report.violations.front();
    }
    return "";
}

class PlantedMistake : public ::testing::TestWithParam<Planted> {};

TEST_P(PlantedMistake, IsFound) {
    const std::string found = finding(GetParam(), true);
    EXPECT_NE(found, "");
    std::printf("%s\n", found.c_str());
}

/// The weather alone does no harm.
TEST_P(PlantedMistake, IsWhatTheWeatherAloneDoesNotBring) {
    Planted calm = GetParam();
    calm.seeds = 3;
    EXPECT_EQ(finding(calm, false), "");
}

INSTANTIATE_TEST_SUITE_P(All, PlantedMistake, ::testing::ValuesIn(k_planted),
                         [](const ::testing::TestParamInfo<Planted>& planted) {
                             std::string name(name_of(planted.param.mistake));
                             std::ranges::replace(name, '-', '_');
                             return name;
                         });

}  // namespace
}  // namespace dure::sim
