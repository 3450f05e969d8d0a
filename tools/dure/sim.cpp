// dure sim: a whole chain in virtual time, with everything going wrong that can, and a check of what must hold.
#include <chrono>
#include <ctime>
#include <iostream>
#include <memory>

#include "tools/dure/commands.h"
#include "tools/dure/output.h"
#include "tools/sim/simulation.h"

namespace dure::tools {

namespace {

struct SimOptions {
    std::uint64_t seed = 1;
    std::uint64_t seeds = 1;
    double hours = 0.1;
    std::size_t nodes = 0;
    std::size_t validators = 0;
    std::int64_t epoch_blocks = -1;
    double changes = -1;
    unsigned threads = 1;
    std::string mode = "liveness";
    std::string mistake = "none";
};

struct Totals {
    std::uint64_t seeds = 0, blocks = 0, transfers = 0, storms = 0, evidence = 0, real = 0, forks = 0,
                  failed = 0, epochs = 0, set_changes = 0, cheats_out = 0;
    std::uint64_t trace = 0;
    sim::Duration simulated{}, longest_recovery{};
    sim::FaultCounts faults{};

    void add(const sim::Report& report) {
        ++seeds;
        blocks += report.blocks;
        transfers += report.transfers;
        storms += report.storms;
        evidence += report.evidence;
        epochs += report.epochs;
        set_changes += report.set_changes;
        cheats_out += report.cheats_out;
        real += report.real_signatures ? 1U : 0U;
        forks += report.forked ? 1U : 0U;
        failed += report.violations.empty() ? 0U : 1U;
        trace ^= report.trace;  // in no order
        simulated += report.simulated;
        longest_recovery = std::max(longest_recovery, report.longest_recovery);
        for (std::size_t i = 0; i < faults.size(); ++i)
            faults[i] += report.faults[i];
    }
};

std::string hex_of(std::uint64_t word) {
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(word));
    return text;
}

std::string again(const SimOptions& options, std::uint64_t seed) {
    std::string command = "dure sim --seed " + std::to_string(seed) + " --mode " + options.mode;
    char hours[32];
    std::snprintf(hours, sizeof hours, "%g", options.hours);
    command += std::string(" --hours ") + hours;
    if (options.validators > 0) command += " --validators " + std::to_string(options.validators);
    if (options.nodes > 0) command += " --nodes " + std::to_string(options.nodes);
    if (options.epoch_blocks >= 0) command += " --epoch-blocks " + std::to_string(options.epoch_blocks);
    if (options.changes >= 0) {
        char changes[32];
        std::snprintf(changes, sizeof changes, " --changes %g", options.changes);
        command += changes;
    }
    if (options.mistake != "none") command += " --mistake " + options.mistake;
    return command;
}

Result<sim::Wishes> wishes_of(const SimOptions& options) {
    sim::Wishes wishes{.seed = options.seed};
    wishes.length = sim::Duration{static_cast<sim::Duration::rep>(options.hours * 3'600'000)};
    wishes.validators = options.validators;
    wishes.nodes = options.nodes;
    if (options.hours <= 0 || options.hours > 10'000)
        return Error{ErrorCode::invalid, "--hours must be more than 0 and at most 10000"};
    if (options.validators > 60 || options.nodes > 60)
        return Error{ErrorCode::invalid, "at most 60 nodes are simulated"};
    if (options.nodes > 0 && options.validators > options.nodes)
        return Error{ErrorCode::invalid, "validators are nodes: --nodes must be at least --validators"};
    if (options.mode != "liveness" && options.mode != "safety" && options.mode != "above")
        return Error{ErrorCode::invalid, "--mode is liveness, safety or above, not " + options.mode};
    wishes.safety = options.mode == "safety";
    wishes.above_the_bound = options.mode == "above";
    if (options.changes > 6'000) return Error{ErrorCode::invalid, "--changes is at most 6000 a minute"};
    if (options.epoch_blocks >= 0) wishes.epoch_blocks = static_cast<std::uint64_t>(options.epoch_blocks);
    if (options.changes >= 0) wishes.changes_per_second = options.changes / 60;
    for (std::size_t i = 0; i < sim::k_mistakes; ++i) {
        if (options.mistake != sim::name_of(static_cast<sim::Mistake>(i))) continue;
        wishes.mistake = static_cast<sim::Mistake>(i);
        return wishes;
    }
    std::string known;
    for (std::size_t i = 0; i < sim::k_mistakes; ++i)
        known += " " + std::string(sim::name_of(static_cast<sim::Mistake>(i)));
    return Error{ErrorCode::invalid, "no such mistake: " + options.mistake + "; there are" + known};
}

void print(const SimOptions& options, const Totals& totals, double cpu_seconds) {
    const double simulated = static_cast<double>(totals.simulated.count()) / 1000;
    std::printf("seeds           %llu, from %llu (%llu with real signatures)\n",
                static_cast<unsigned long long>(totals.seeds), static_cast<unsigned long long>(options.seed),
                static_cast<unsigned long long>(totals.real));
    std::printf("simulated       %.3f hours in %.1f s of one core: %.0f times real time\n", simulated / 3600,
                cpu_seconds, simulated / cpu_seconds);
    std::printf("blocks          %llu final, with %llu transfers\n",
                static_cast<unsigned long long>(totals.blocks),
                static_cast<unsigned long long>(totals.transfers));
    std::printf("storms          %llu, longest recovery %.1f s\n",
                static_cast<unsigned long long>(totals.storms),
                static_cast<double>(totals.longest_recovery.count()) / 1000);
    std::printf("evidence        %llu reports\n", static_cast<unsigned long long>(totals.evidence));
    std::printf(
        "epochs          %llu begun after the first, %llu with other validators or weights; %llu cheats "
        "voted out\n",
        static_cast<unsigned long long>(totals.epochs), static_cast<unsigned long long>(totals.set_changes),
        static_cast<unsigned long long>(totals.cheats_out));
    if (options.mode == "above")
        std::printf("forks           %llu, in each a third of the weight or more is named\n",
                    static_cast<unsigned long long>(totals.forks));
    std::printf("faults\n");
    for (std::size_t i = 0; i < totals.faults.size(); ++i) {
        if (totals.faults[i] == 0) continue;
        const std::string_view name = sim::name_of(static_cast<sim::Fault>(i));
        std::printf("  %-28.*s%llu\n", static_cast<int>(name.size()), name.data(),
                    static_cast<unsigned long long>(totals.faults[i]));
    }
    std::printf("trace           %s\n", hex_of(totals.trace).c_str());
    std::printf("violations      %llu\n", static_cast<unsigned long long>(totals.failed));
}

void print_json(const Totals& totals, double cpu_seconds) {
    boost::json::object faults;
    for (std::size_t i = 0; i < totals.faults.size(); ++i)
        faults[std::string(sim::name_of(static_cast<sim::Fault>(i)))] = totals.faults[i];
    const double simulated = static_cast<double>(totals.simulated.count()) / 1000;
    std::cout << pretty(boost::json::object{{"seeds", totals.seeds},
                                            {"seeds_with_real_signatures", totals.real},
                                            {"simulated_hours", simulated / 3600},
                                            {"core_seconds", cpu_seconds},
                                            {"times_real_time", simulated / cpu_seconds},
                                            {"blocks", totals.blocks},
                                            {"transfers", totals.transfers},
                                            {"storms", totals.storms},
                                            {"longest_recovery_ms", totals.longest_recovery.count()},
                                            {"evidence", totals.evidence},
                                            {"epochs", totals.epochs},
                                            {"set_changes", totals.set_changes},
                                            {"cheats_out", totals.cheats_out},
                                            {"forks", totals.forks},
                                            {"faults", faults},
                                            {"trace", hex_of(totals.trace)},
                                            {"violations", totals.failed}});
}

Status simulate(const SimOptions& options, const SharedOptions& shared) {
    DURE_TRY(const sim::Wishes wishes, wishes_of(options));
    Totals totals;
    std::string first_failure;
    const std::clock_t began = std::clock();
    sim::simulate_seeds(wishes, options.seeds, options.threads, [&](const sim::Report& report) {
        totals.add(report);
        for (const std::string& violation : report.violations) {
            const std::string said = "seed " + std::to_string(report.seed) + ": " + violation +
                                     "\n  again: " + again(options, report.seed);
            std::cerr << said << "\n";
            if (first_failure.empty()) first_failure = said;
        }
    });
    const double cpu_seconds = static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC;
    if (shared.json) {
        print_json(totals, cpu_seconds);
    } else {
        print(options, totals, cpu_seconds);
    }
    if (totals.failed > 0)
        return Error{ErrorCode::internal, std::to_string(totals.failed) + " of " +
                                              std::to_string(totals.seeds) + " seeds broke what must hold"};
    return {};
}

}  // namespace

void add_sim(Program& program) {
    const auto options = std::make_shared<SimOptions>();
    CLI::App& command =
        program.command(nullptr, "sim", "simulate a chain in virtual time, with all that can go wrong",
                        {"dure sim --seed 7", "dure sim --seeds 1000 --threads 2 --mode safety",
                         "dure sim --validators 4 --nodes 5 --hours 1",
                         "dure sim --mistake journal-is-not-synced --seeds 100"},
                        "Real consensus, ledger, mempool, block sync, journal and block log on simulated "
                        "lines, disks and clocks.\n"
                        "One seed is one run: the same trace on every machine. Modes: liveness (storms that "
                        "clear; then all must go\n"
                        "on), safety (one storm), above (a third of the weight or more cheats: whoever did "
                        "must be nameable).\n"
                        "Exits 1 if what must hold did not, with the command that shows it again.");
    command.add_option("--seed", options->seed, "the first seed")->capture_default_str();
    command.add_option("--seeds", options->seeds, "so many, one after the other")->capture_default_str();
    command.add_option("--hours", options->hours, "simulated time of each seed")->capture_default_str();
    command.add_option("--nodes", options->nodes, "validators and observers; 0: by the seed")
        ->capture_default_str();
    command.add_option("--validators", options->validators, "of equal weight; 0: by the seed")
        ->capture_default_str();
    command
        .add_option("--epoch-blocks", options->epoch_blocks,
                    "blocks of an epoch; 0: a single epoch; -1: by the seed")
        ->check(CLI::Range(-1, 1'000'000))
        ->capture_default_str();
    command
        .add_option("--changes", options->changes,
                    "steps of validators who leave, return and move stakes, a minute; -1: by the seed")
        ->capture_default_str();
    command.add_option("--threads", options->threads, "each runs seeds of its own")
        ->check(CLI::Range(1, 256))
        ->capture_default_str();
    command.add_option("--mode", options->mode, "liveness, safety or above")->capture_default_str();
    command.add_option("--mistake", options->mistake, "plant a mistake in every node")->capture_default_str();
    const SharedOptions& shared = program.options();
    program.action(command, [options, &shared] { return simulate(*options, shared); });
}

}  // namespace dure::tools
