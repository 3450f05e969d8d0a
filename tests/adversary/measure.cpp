#include "tests/adversary/measure.h"

#include <cmath>
#include <future>
#include <map>
#include <mutex>

#include "ledger/invariants/invariants.h"
#include "tests/adversary/village.h"

namespace dure::adversary {

namespace {

constexpr std::size_t k_members = 8;

std::int64_t signed_of(std::uint64_t value) {
    return static_cast<std::int64_t>(value);
}

Cast honest_cast(std::uint64_t seed) {
    return {.seed = seed, .members = honest_members(seed, k_members)};
}

/// How it went for all of a village.
struct Course {
    std::vector<Gain> members{};
    std::int64_t honest_lost = 0;
    std::uint64_t decided = 0;
};

Gain gain_of(const Village& village, std::size_t number) {
    const Standing now = village.standing(number);
    Gain gain;
    gain.shares = signed_of(now.shares.value) - signed_of(village.member(number).options().bonded.value);
    gain.lost = signed_of(now.lost.value);
    gain.coins = signed_of(now.coins.value) - signed_of(Village::k_coins.value);
    gain.steps = signed_of(now.trained_steps + now.replayed_steps);
    ledger::MintRows::scan(village.state(), [&](const auto&, const ledger::MintRow& row) {
        if (row.contributor != village.member(number).account()) return true;
        if (row.kind == ledger::MintKind::compute) gain.compute += signed_of(row.amount.value);
        if (row.kind == ledger::MintKind::data) gain.data += signed_of(row.amount.value);
        return true;
    });
    return gain;
}

Course run(const Cast& cast, std::uint64_t ticks) {
    Village village(cast);
    village.ticks(ticks);
    const Status sound = ledger::recount_invariants(village.state());
    if (!sound) throw std::runtime_error(sound.error().message);
    Course course{.honest_lost = signed_of(village.lost_by_honest().value), .decided = village.decided()};
    for (std::size_t i = 0; i < village.size(); ++i)
        course.members.push_back(gain_of(village, i));
    return course;
}

/// The same village with nobody in it who cheats.
Cast all_honest(Cast cast) {
    for (MemberOptions& member : cast.members)
        member.behaviour = nullptr;
    return cast;
}

std::string name_of(const Cast& cast, std::uint64_t ticks) {
    std::string name =
        std::to_string(cast.seed) + "/" + std::to_string(ticks) + "/" + to_hex(encode(cast.parameters));
    for (const MemberOptions& member : cast.members) {
        name += "/" + std::to_string(member.bonded.value) + (member.trains_as_newcomer ? "n" : "");
        for (const std::string& text : member.texts)
            name += " " + text;
    }
    return name;
}

/// Many cheats are compared with the same honest village: it is run once, by who comes first.
Course honest_course(const Cast& cast, std::uint64_t ticks) {
    static std::mutex mutex;
    static std::map<std::string, std::shared_future<Course>> known;
    std::promise<Course> promise;
    std::shared_future<Course> course;
    bool is_first = false;
    {
        const std::scoped_lock lock(mutex);
        const auto [place, is_new] = known.try_emplace(name_of(cast, ticks));
        if (is_new) place->second = promise.get_future().share();
        course = place->second;
        is_first = is_new;
    }
    if (is_first) promise.set_value(run(cast, ticks));
    return course.get();
}

void add(Gain& sum, const Gain& one) {
    sum.shares += one.shares;
    sum.compute += one.compute;
    sum.data += one.data;
    sum.lost += one.lost;
    sum.coins += one.coins;
    sum.steps += one.steps;
}

}  // namespace

std::int64_t Finding::advantage_with_work_saved() const {
    if (honest.steps == 0) return advantage();
    const __int128_t saved = honest.steps - cheat.steps;
    return advantage() + static_cast<std::int64_t>(saved * honest.compute / honest.steps);
}

double Finding::standard_error() const {
    if (advantages.size() < 2) return 0;
    const auto count = static_cast<double>(advantages.size());
    const double mean = static_cast<double>(advantage()) / count;
    double squares = 0;
    for (const std::int64_t one : advantages)
        squares += (static_cast<double>(one) - mean) * (static_cast<double>(one) - mean);
    return std::sqrt(squares / (count - 1) * count);
}

std::string text_of(const Finding& finding) {
    const auto gain = [](const Gain& one) {
        return std::to_string(one.shares) + " (compute " + std::to_string(one.compute) + ", data " +
               std::to_string(one.data) + ", lost " + std::to_string(one.lost) + ", coins " +
               std::to_string(one.coins) + ", steps " + std::to_string(one.steps) + ")";
    };
    return finding.name + ": " + gain(finding.cheat) + " against " + gain(finding.honest) + "; advantage " +
           std::to_string(finding.advantage()) + " (standard error " +
           std::to_string(std::llround(finding.standard_error())) + "), with work saved " +
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
        Cast fair = all_honest(cheating);
        if (adversary.honest) {
            fair = honest_cast(seed);
            adversary.honest(fair);
        }
        const Course with_cheats = run(cheating, adversary.ticks);
        const Course without = honest_course(fair, adversary.ticks);
        const std::int64_t before = finding.advantage();
        for (const std::size_t number : cheating.watched)
            add(finding.cheat, with_cheats.members.at(number));
        for (const std::size_t number : fair.watched)
            add(finding.honest, without.members.at(number));
        finding.advantages.push_back(finding.advantage() - before);
        finding.watched = cheating.watched.size();
        finding.honest_lost += with_cheats.honest_lost + without.honest_lost;
        finding.decided += with_cheats.decided;
        finding.decided_honest += without.decided;
    }
    return finding;
}

}  // namespace dure::adversary
