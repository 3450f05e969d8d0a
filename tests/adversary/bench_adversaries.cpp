// Every cheat in many villages: what it gained over an honest member with the same means, and what honest members lost.
// Prints the table of docs/security.md to stderr.
#include <cstdio>
#include <cstdlib>

#include "tests/adversary/adversaries/adversaries.h"
#include "tests/adversary/measure.h"
#include "tests/adversary/seeds.h"
#include "tools/bench/figures.h"

namespace dure::adversary {
namespace {

constexpr std::uint64_t k_seeds = 20;
constexpr std::int64_t k_figures_luck_percent = 2;

double shares(std::int64_t units, const Finding& found) {
    return static_cast<double>(units) / static_cast<double>(k_units_per_share) /
           static_cast<double>(found.seeds * found.watched);
}

int run(bench::Figures& figures) {
    std::fprintf(stderr,
                 "| cheat | what it does | gained | lost | honest | advantage | with its work saved |\n"
                 "|---|---|---:|---:|---:|---:|---:|\n");
    std::int64_t gaining = 0;
    std::int64_t honest_lost = 0;
    for (const Adversary& adversary : all_adversaries()) {
        const Finding found = measure(adversary, seeds(k_seeds));
        std::fprintf(stderr, "| %s | %s | %.0f | %.0f | %.0f | %.0f | %.0f |\n", found.name.c_str(),
                     adversary.what.c_str(), shares(found.cheat.shares + found.cheat.lost, found),
                     shares(found.cheat.lost, found), shares(found.honest.shares, found),
                     shares(found.advantage(), found), shares(found.advantage_with_work_saved(), found));
        figures.add(found.name, shares(found.advantage(), found), "shares", bench::Bar::at_most,
                    shares(found.honest.shares * k_figures_luck_percent / 100, found));
        figures.detail(found.name, boost::json::object{{"what", adversary.what}, {"all", text_of(found)}});
        gaining += found.gains(k_figures_luck_percent) ? 1 : 0;
        honest_lost += found.honest_lost;
    }
    figures.detail("seeds", seeds(k_seeds));
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
