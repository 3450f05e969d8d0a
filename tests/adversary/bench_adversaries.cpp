// Every cheat in many villages: what it gained over an honest member with the same means, and what honest members lost.
// Prints the table of docs/security.md to stderr. Villages know nothing of one another: two run at a time.
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <thread>
#include <vector>

#include "tests/adversary/adversaries/adversaries.h"
#include "tests/adversary/measure.h"
#include "tests/adversary/seeds.h"
#include "tools/bench/figures.h"

namespace dure::adversary {
namespace {

constexpr std::uint64_t k_seeds = 20;
constexpr std::uint64_t k_text_seeds = 80;  ///< texts differ more in worth than trainers do
constexpr std::int64_t k_figures_luck_percent = 2;
constexpr std::size_t k_threads = 2;

double shares(double units, const Finding& found) {
    return units / static_cast<double>(k_units_per_share) / static_cast<double>(found.seeds * found.watched);
}
double shares(std::int64_t units, const Finding& found) {
    return shares(static_cast<double>(units), found);
}

std::uint64_t seeds_for(const Adversary& adversary) {
    const bool is_about_a_text = adversary.honest != nullptr;
    return seeds(is_about_a_text ? k_text_seeds : k_seeds);
}

/// What luck explains: see Finding::gains.
double bar(const Finding& found) {
    const double allowed =
        static_cast<double>(found.honest.shares) * static_cast<double>(k_figures_luck_percent) / 100;
    return std::max(allowed, k_luck_errors * found.standard_error());
}

std::vector<Finding> measure_all(const std::vector<Adversary>& adversaries) {
    std::vector<Finding> findings(adversaries.size());
    std::atomic<std::size_t> next = 0;
    const auto work = [&] {
        for (std::size_t mine = next++; mine < adversaries.size(); mine = next++) {
            findings[mine] = measure(adversaries[mine], seeds_for(adversaries[mine]));
            std::fprintf(stderr, "%s\n", text_of(findings[mine]).c_str());
        }
    };
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < k_threads; ++i)
        threads.emplace_back(work);
    threads.clear();
    return findings;
}

void print_row(const Adversary& adversary, const Finding& found) {
    std::fprintf(stderr, "| %s | %s | %.0f | %.0f | %.0f | %.0f ± %.0f | %.0f |\n", found.name.c_str(),
                 adversary.what.c_str(), shares(found.cheat.shares + found.cheat.lost, found),
                 shares(found.cheat.lost, found), shares(found.honest.shares, found),
                 shares(found.advantage(), found), shares(found.standard_error(), found),
                 shares(found.advantage_with_work_saved(), found));
}

int run(bench::Figures& figures) {
    const std::vector<Adversary> adversaries = all_adversaries();
    const std::vector<Finding> findings = measure_all(adversaries);
    std::fprintf(stderr,
                 "| cheat | what it does | gained | lost | honest | advantage | with its work saved |\n"
                 "|---|---|---:|---:|---:|---:|---:|\n");
    std::int64_t gaining = 0;
    std::int64_t honest_lost = 0;
    for (std::size_t i = 0; i < findings.size(); ++i) {
        const Finding& found = findings[i];
        print_row(adversaries[i], found);
        figures.add(found.name, shares(found.advantage(), found), "shares", bench::Bar::at_most,
                    shares(bar(found), found));
        figures.detail(found.name,
                       boost::json::object{
                           {"what", adversaries[i].what}, {"seeds", found.seeds}, {"all", text_of(found)}});
        gaining += found.gains(k_figures_luck_percent) ? 1 : 0;
        honest_lost += found.honest_lost;
    }
    figures.add("cheats_that_gain", static_cast<double>(gaining), "cheats", bench::Bar::at_most, 0);
    figures.add("honest_lost", static_cast<double>(honest_lost), "shares", bench::Bar::at_most, 0);
    return figures.finish();
}

}  // namespace
}  // namespace dure::adversary

int main(int argc, char** argv) {
    dure::bench::Figures figures("adversaries", argc, argv);
    return dure::adversary::run(figures);
}
