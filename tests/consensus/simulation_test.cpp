// Thousands of seeded runs of a whole network: safe in all weather, live once it clears.
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/consensus/network.h"

namespace dure::consensus::test {
namespace {

/// DURE_TEST_SCALE multiplies the number of seeds.
std::uint64_t seeds(std::uint64_t count) {
    const char* scale = std::getenv("DURE_TEST_SCALE");
    return count * static_cast<std::uint64_t>(std::max(1, scale != nullptr ? std::atoi(scale) : 1));
}

constexpr Duration k_storm{10'000};
/// Back-off has grown to at most Δ + 10 s / 8 when the storm ends, so a slot lost afterwards costs some
/// seconds; a faulty leader can cost several in a row.
constexpr Duration k_recovery{120'000};
constexpr std::uint64_t k_blocks_after_storm = 5;

const std::vector<std::vector<std::uint64_t>> k_weights{
    {1},
    {1, 1},
    {1, 1, 1, 1},
    {1, 1, 1, 1},
    {1, 1, 1, 1},
    {1, 1, 1, 1},
    {1, 1, 1, 1, 1, 1, 1},
    {5, 3, 2, 2, 1},
    {40, 30, 20, 10},
    {7, 7, 7, 3, 1, 1},
};

/// A scenario drawn from the seed: faulty weight always below a third.
Scenario draw(std::uint64_t seed, bool real_signatures = false) {
    std::mt19937_64 random(seed * 0x9e3779b97f4a7c15 + 1);
    const auto one_in = [&](std::uint64_t n) { return random() % n == 0; };
    Scenario scenario{.seed = seed, .weights = k_weights[random() % k_weights.size()]};
    scenario.real_signatures = real_signatures;
    scenario.roles.assign(scenario.weights.size(), Role::honest);
    std::uint64_t total = 0, faulty = 0;
    for (const std::uint64_t weight : scenario.weights)
        total += weight;
    for (std::size_t i = 0; i < scenario.weights.size(); ++i) {
        const std::size_t at = (i + seed) % scenario.weights.size();
        if (3 * (faulty + scenario.weights[at]) >= total || one_in(4)) continue;
        scenario.roles[at] = static_cast<Role>(random() % 5);
        if (scenario.roles[at] != Role::honest) faulty += scenario.weights[at];
    }
    if (one_in(2)) scenario.timing.min_block_interval = Duration{200};
    if (one_in(2)) scenario.loss = static_cast<double>(random() % 30) / 100;
    if (one_in(2)) scenario.duplication = 0.1;
    if (one_in(2)) scenario.straggling = static_cast<double>(random() % 20) / 100;
    if (one_in(2)) scenario.crashes_per_second = static_cast<double>(random() % 40) / 100;
    if (one_in(2)) scenario.partitions_per_second = 0.4;
    if (one_in(2)) scenario.invalid_blocks = 0.5;
    if (one_in(4)) scenario.unanswered_validations = 0.1;
    return scenario;
}

struct Outcome {
    std::vector<std::string> violations;
    std::uint64_t before = 0, after = 0, trace = 0, epochs = 0;
    std::size_t evidence = 0, syncs = 0, torn_tails = 0;
    Duration recovery{};
    bool recovered = false;
};

Outcome run(const Scenario& scenario) {
    Network network(scenario);
    network.run_for(k_storm);
    Outcome outcome;
    outcome.before = network.highest_height();
    network.heal();
    while (!outcome.recovered && outcome.recovery < k_recovery && network.violations().empty()) {
        network.run_for(Duration{500});
        outcome.recovery += Duration{500};
        outcome.recovered = network.lowest_height() >= outcome.before + k_blocks_after_storm;
    }
    outcome.after = network.highest_height();
    outcome.violations = network.violations();
    outcome.trace = network.trace();
    outcome.epochs = network.epochs();
    outcome.evidence = network.evidence();
    outcome.syncs = network.syncs();
    outcome.torn_tails = network.torn_tails();
    return outcome;
}

TEST(Simulation, IsSafeInAllWeatherAndLiveOnceItClears) {
    std::uint64_t blocks = 0, evidence = 0, syncs = 0, torn = 0;
    Duration longest{};
    for (std::uint64_t seed = 1; seed <= seeds(600); ++seed) {
        const Outcome outcome = run(draw(seed));
        ASSERT_TRUE(outcome.violations.empty()) << "seed " << seed << ": " << outcome.violations.front();
        ASSERT_TRUE(outcome.recovered) << "seed " << seed << " stands at height " << outcome.after << ", "
                                       << outcome.before << " before the storm's end";
        blocks += outcome.after;
        evidence += outcome.evidence;
        syncs += outcome.syncs;
        torn += outcome.torn_tails;
        longest = std::max(longest, outcome.recovery);
    }
    // The storms really were storms.
    EXPECT_GT(evidence, 100u);
    EXPECT_GT(torn, 20u);
    RecordProperty("blocks", static_cast<int>(blocks));
    RecordProperty("longest_recovery_ms", static_cast<int>(longest.count()));
    std::printf("blocks %llu, evidence %llu, syncs %llu, torn journals %llu, longest recovery %lld ms\n",
                static_cast<unsigned long long>(blocks), static_cast<unsigned long long>(evidence),
                static_cast<unsigned long long>(syncs), static_cast<unsigned long long>(torn),
                static_cast<long long>(longest.count()));
}

TEST(Simulation, CrossesEpochsInAllWeather) {
    std::uint64_t epochs = 0, evidence = 0;
    for (std::uint64_t seed = 1; seed <= seeds(150); ++seed) {
        Scenario scenario = draw(seed + 40'000);
        scenario.epoch_blocks = 1 + seed % 6;
        const Outcome outcome = run(scenario);
        ASSERT_TRUE(outcome.violations.empty()) << "seed " << seed << ": " << outcome.violations.front();
        ASSERT_TRUE(outcome.recovered) << "seed " << seed << " stands at height " << outcome.after << ", "
                                       << outcome.before << " before the storm's end";
        epochs += outcome.epochs;
        evidence += outcome.evidence;
    }
    EXPECT_GT(epochs, 1'000u);
    std::printf("epochs %llu, evidence %llu\n", static_cast<unsigned long long>(epochs),
                static_cast<unsigned long long>(evidence));
}

TEST(Simulation, HoldsWithRealSignatures) {
    for (std::uint64_t seed = 1; seed <= seeds(10); ++seed) {
        const Outcome outcome = run(draw(seed, true));
        ASSERT_TRUE(outcome.violations.empty()) << "seed " << seed << ": " << outcome.violations.front();
        ASSERT_TRUE(outcome.recovered) << "seed " << seed;
    }
}

TEST(Simulation, TheSameSeedGivesTheSameTrace) {
    for (std::uint64_t seed = 1; seed <= seeds(20); ++seed) {
        const std::uint64_t first = run(draw(seed)).trace;
        EXPECT_EQ(first, run(draw(seed)).trace) << "seed " << seed;
        EXPECT_NE(first, run(draw(seed + 1'000'000)).trace);
    }
}

TEST(Simulation, AQuietNetworkFinalizesInThreeDelays) {
    Scenario scenario{.seed = 5};
    scenario.delay_min = scenario.delay_max = Duration{50};
    scenario.timing = {.delta = Duration{250}, .min_block_interval = Duration{500}};
    Network network(scenario);
    std::map<Hash, Time> proposed;
    std::vector<Duration> times;
    network.watch = [&](std::size_t, const Effect& effect) {
        if (const auto* broadcast = std::get_if<Broadcast>(&effect)) {
            if (const auto* proposal = std::get_if<protocol::Proposal>(&broadcast->message))
                proposed.emplace(block_hash(proposal->block), network.now());
        }
        if (const auto* commit = std::get_if<Commit>(&effect)) {
            for (const BlockPtr& block : commit->blocks)
                times.push_back(network.now() - proposed.at(block_hash(*block)));
        }
    };
    network.run_for(Duration{30'000});
    EXPECT_GE(
        network.lowest_height(),
        30'000u / (500 + 50) - 3);  // a block each interval (and one delay, until the next leader sees it)
    for (const Duration time : times)
        EXPECT_LE(time, 3 * Duration{50} + 3 * Duration{8});  // and the disks' and the executor's time
}

TEST(Simulation, AnEmptyChainGoesOnAlone) {
    Network network({.seed = 1,
                     .weights = {3},
                     .roles = {},
                     .timing = {.delta = Duration{100}, .min_block_interval = Duration{1000}}});
    network.run_for(Duration{60'000});
    EXPECT_GE(network.lowest_height(), 58u);
    EXPECT_LE(network.lowest_height(), 61u);  // and no faster than the interval
}

TEST(Simulation, ANodeThatWasAwayForLongSyncsAndVotesAgain) {
    Network network(
        {.seed = 11, .roles = {}, .timing = {.delta = Duration{100}, .min_block_interval = Duration{100}}});
    network.isolate(2);
    network.run_for(Duration{60'000});
    const std::uint64_t missed = network.highest_height();
    ASSERT_GT(missed, k_max_fetched_ahead + 10);
    network.restart(2);
    network.isolate(3);  // so that the one that was away is needed
    network.run_for(Duration{20'000});
    EXPECT_GT(network.highest_height(), missed + 5);
    EXPECT_GT(network.core(2).committed_height().value, missed + 5);
    EXPECT_GE(network.syncs(), 1u);
    EXPECT_TRUE(network.violations().empty());
}

TEST(Simulation, ANodeThatCannotGetBlocksDoesNotGrow) {
    Network network({.seed = 4, .planted = {.gets_no_blocks = true}});
    network.run_for(Duration{1'000});
    network.isolate(2);
    network.run_for(Duration{1'000});
    network.restart(2);
    network.run_for(Duration{120'000});
    ASSERT_GT(network.highest_height(), network.lowest_height() + 2 * k_max_unsettled_slots);
    EXPECT_LT(network.core(2).live_records().size(), 2 * k_max_unsettled_slots);
    EXPECT_TRUE(network.violations().empty());
}

// ---- The checks can fail
// ------------------------------------------------------------------------------------

/// Runs seeds with a planted mistake until a check finds it: what it says, or nothing.
std::string finding(const Planted& planted, std::uint64_t tries,
                    const std::function<void(Scenario&)>& adjust) {
    for (std::uint64_t seed = 1; seed <= tries; ++seed) {
        Scenario scenario = draw(seed);
        scenario.planted = planted;
        adjust(scenario);
        const Outcome outcome = run(scenario);
        if (!outcome.violations.empty()) return outcome.violations.front();
        if (!outcome.recovered) return "it stands still";
    }
    return "";
}

void crash_often(Scenario& scenario) {
    scenario.weights = {1, 1, 1, 1};
    scenario.roles = {};
    scenario.crashes_per_second = 0.5;
}

TEST(PlantedMistake, AForgottenJournalIsFound) {
    EXPECT_EQ(finding({.journal_is_forgotten = true}, 100, crash_often), "an honest validator is convicted");
}

TEST(PlantedMistake, ADiskThatLiesIsFound) {
    EXPECT_EQ(finding({.persists_nothing = true}, 100, crash_often), "an honest validator is convicted");
}

TEST(PlantedMistake, MissingTicksAreFound) {
    EXPECT_EQ(finding({.never_ticks = true}, 20, [](Scenario& scenario) { scenario.loss = 0.2; }),
              "it stands still");
}

TEST(PlantedMistake, MissingBlocksAreFound) {
    EXPECT_EQ(finding({.gets_no_blocks = true}, 100,
                      [](Scenario& scenario) {
                          scenario.weights = {1, 1, 1, 1};
                          scenario.roles = {};
                          scenario.loss = 0.3;
                      }),
              "it stands still");
}

void end_epochs_often(Scenario& scenario) {
    crash_often(scenario);
    scenario.epoch_blocks = 3;
}

TEST(PlantedMistake, TheOldSetsQuorumInANewEpochIsFound) {
    EXPECT_EQ(finding({.counts_the_old_set = true}, 20,
                      [](Scenario& scenario) {
                          end_epochs_often(scenario);
                          scenario.weights = {5, 3, 2, 2, 1};
                      }),
              "a finalization without a quorum of its epoch's set");
}

TEST(PlantedMistake, ABlockOnTheLastOneIsFound) {
    EXPECT_NE(finding({.builds_on_the_last_block = true}, 20, end_epochs_often), "");
}

TEST(PlantedMistake, AnEpochEnteredBeforeItsRootIsDurableIsFound) {
    EXPECT_NE(finding({.enters_before_it_is_durable = true}, 100, end_epochs_often), "");
}

/// The whole network stops at once, three of four come back: their votes from before are needed.
std::uint64_t height_after_everybody_restarts(bool own_votes_count) {
    Scenario scenario{.seed = 3, .roles = {Role::honest, Role::honest, Role::honest, Role::silent}};
    scenario.planted.own_votes_do_not_count = !own_votes_count;
    Network network(scenario);
    for (int i = 0; i < 20; ++i) {
        network.run_for(Duration{1'037});
        for (std::size_t node = 0; node < 3; ++node)
            network.restart(node);
    }
    network.run_for(Duration{60'000});
    return network.lowest_height();
}

TEST(PlantedMistake, OwnVotesMissingAfterReplayStopTheNetwork) {
    const std::uint64_t healthy = height_after_everybody_restarts(true);
    EXPECT_GT(healthy, 100u);
    EXPECT_LT(height_after_everybody_restarts(false), healthy / 2);
}

}  // namespace
}  // namespace dure::consensus::test
