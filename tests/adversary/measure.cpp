#include "tests/adversary/measure.h"

#include "ledger/invariants/invariants.h"

namespace dure::adversary {

namespace {

constexpr std::size_t k_members = 8;

std::int64_t signed_of(std::uint64_t value) {
    return static_cast<std::int64_t>(value);
}

Cast honest_cast(std::uint64_t seed) {
    return {.seed = seed, .members = honest_members(seed, k_members)};
}

std::unique_ptr<Village> run(const Cast& cast, std::uint64_t ticks) {
    auto village = std::make_unique<Village>(
        VillageOptions{.seed = cast.seed, .members = cast.members, .parameters = cast.parameters});
    village->ticks(ticks);
    const Status sound = ledger::recount_invariants(village->state());
    if (!sound) throw std::runtime_error(sound.error().message);
    return village;
}

void add(Gain& sum, Village& village, std::size_t number) {
    const Standing now = village.standing(number);
    sum.shares += signed_of(now.shares.value) - signed_of(village.member(number).options().bonded.value);
    sum.lost += signed_of(now.lost.value);
    sum.coins += signed_of(now.coins.value) - signed_of(now.coins_at_start.value);
    sum.steps += signed_of(now.trained_steps + now.replayed_steps);
    ledger::MintRows::scan(village.state(), [&](const auto&, const ledger::MintRow& row) {
        if (row.contributor != village.member(number).account()) return true;
        if (row.kind == ledger::MintKind::compute) sum.compute += signed_of(row.amount.value);
        if (row.kind == ledger::MintKind::data) sum.data += signed_of(row.amount.value);
        return true;
    });
}

}  // namespace

std::int64_t Finding::advantage_with_work_saved() const {
    if (honest.steps == 0) return advantage();
    const __int128_t saved = honest.steps - cheat.steps;
    return advantage() + static_cast<std::int64_t>(saved * honest.compute / honest.steps);
}

std::string text_of(const Finding& finding) {
    const auto gain = [](const Gain& one) {
        return std::to_string(one.shares) + " (compute " + std::to_string(one.compute) + ", data " +
               std::to_string(one.data) + ", lost " + std::to_string(one.lost) + ", coins " +
               std::to_string(one.coins) + ", steps " + std::to_string(one.steps) + ")";
    };
    return finding.name + ": " + gain(finding.cheat) + " against " + gain(finding.honest) + "; advantage " +
           std::to_string(finding.advantage()) + ", with work saved " +
           std::to_string(finding.advantage_with_work_saved()) + "; honest members lost " +
           std::to_string(finding.honest_lost) + "; rounds " + std::to_string(finding.decided) + " of " +
           std::to_string(finding.decided_honest);
}

Finding measure(const Adversary& adversary, std::uint64_t seeds) {
    Finding finding;
    finding.name = adversary.name;
    finding.seeds = seeds;
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
        Cast cheating = honest_cast(seed);
        adversary.enter(cheating);
        Cast fair = honest_cast(seed);
        fair.watched = cheating.watched;
        fair.parameters = cheating.parameters;
        if (adversary.honest) adversary.honest(fair);
        finding.watched = cheating.watched.size();
        const auto with_cheats = run(cheating, adversary.ticks);
        const auto without = run(fair, adversary.ticks);
        for (const std::size_t number : cheating.watched)
            add(finding.cheat, *with_cheats, number);
        for (const std::size_t number : fair.watched)
            add(finding.honest, *without, number);
        finding.honest_lost += signed_of(with_cheats->lost_by_honest().value);
        finding.honest_lost += signed_of(without->lost_by_honest().value);
        finding.decided += with_cheats->decided();
        finding.decided_honest += without->decided();
    }
    return finding;
}

}  // namespace dure::adversary
