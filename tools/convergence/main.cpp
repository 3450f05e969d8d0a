// Whether many trainers learn what one learns from the same tokens, and whether one who cheats among them does
// harm. What it measures stands in docs/convergence.md.
//
//   convergence TEXT.txt OUT [name=value ...]
//
// Names: trainers rounds steps batch segment warmup lr floor outer_lr momentum alone_outer_lr alone_momentum
// threads; only=NAME,NAME runs the arms of these names. Writes OUT.csv (as it goes) and OUT.svg. Exits 0 if both
// bars are met, 1 if not, 77 if there is no such text.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <future>
#include <iostream>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tools/convergence/adversaries.h"
#include "tools/convergence/audit.h"
#include "tools/growth/curves.h"
#include "tools/growth/expect.h"
#include "tools/growth/text.h"
#include "trainer/kernels/kernels.h"
#include "trainer/model/recipe.h"
#include "trainer/rounds/judge.h"
#include "trainer/rounds/merge.h"
#include "trainer/rounds/update.h"
#include "trainer/rounds/windows.h"

namespace dure::tools {
namespace {

using namespace trainer;

constexpr int k_nothing_to_train_on = 77;
constexpr std::uint32_t k_vocab = 1536;
constexpr std::uint64_t k_start_seed = 1;
constexpr std::uint32_t k_evaluations = 24;
constexpr std::uint32_t k_audited_segments = 1;
constexpr std::uint32_t k_audited_chunks = 2;
constexpr double k_highest_shown = 6.0;     // nats, in the plot
constexpr double k_bar_many_to_one = 0.05;  // nats
constexpr double k_bar_adversary = 0.03;    // nats
constexpr double k_noise_part = 0.1;        // of the tokens offered
/// Above every honest trainer's: a cheat that joins takes no windows away from anybody.
constexpr std::uint64_t k_first_joining_unit = std::uint64_t{1} << 32U;

class Settings {
  public:
    Settings(int argc, char** argv) {
        for (int i = 3; i < argc; ++i) {
            const std::string argument = argv[i];
            const std::size_t equals = argument.find('=');
            if (equals == std::string::npos) {
                std::cerr << "convergence: " << argument << " is not name=value\n";
                std::exit(2);
            }
            values_[argument.substr(0, equals)] = argument.substr(equals + 1);
        }
    }
    std::string text(const std::string& name) const {
        const auto found = values_.find(name);
        return found == values_.end() ? "" : found->second;
    }
    void number(const std::string& name, std::uint32_t& target) const {
        const std::string value = text(name);
        if (!value.empty()) target = static_cast<std::uint32_t>(std::strtoul(value.c_str(), nullptr, 10));
    }
    void number(const std::string& name, Float32& target) const {
        const std::string value = text(name);
        if (!value.empty()) target = Float32(std::strtof(value.c_str(), nullptr));
    }

  private:
    std::map<std::string, std::string> values_;
};

struct Plan {
    ModelConfig model;
    TrainConfig train;
    TrainConfig alone;  ///< of the one trainer: another outer optimizer
    std::uint32_t trainers = 4;
    std::uint32_t rounds = 48;
};

Plan plan_of(const Settings& settings, std::uint32_t vocab) {
    Plan plan;
    const Recipe recipe = default_devnet_recipe(vocab);
    plan.model = recipe.model;
    plan.model.dim = 48;
    plan.model.layers = 2;
    plan.model.head_dim = 16;
    plan.model.ffn = 128;
    plan.train = recipe.train;
    TrainConfig& train = plan.train;
    train.steps = 64;
    train.segment_steps = 8;
    train.learning_rate = Float32(4e-3F);
    train.learning_rate_floor = Float32(1e-3F);
    train.outer_learning_rate = Float32(0.9F);
    train.outer_momentum = Float32(0.8F);
    settings.number("trainers", plan.trainers);
    settings.number("rounds", plan.rounds);
    settings.number("steps", train.steps);
    settings.number("batch", train.batch);
    settings.number("segment", train.segment_steps);
    settings.number("warmup", train.warmup_steps);
    settings.number("lr", train.learning_rate);
    settings.number("floor", train.learning_rate_floor);
    settings.number("outer_lr", train.outer_learning_rate);
    settings.number("momentum", train.outer_momentum);
    plan.alone = train;
    plan.alone.outer_learning_rate = Float32(1.0F);
    plan.alone.outer_momentum = Float32(0.0F);
    settings.number("alone_outer_lr", plan.alone.outer_learning_rate);
    settings.number("alone_momentum", plan.alone.outer_momentum);
    return plan;
}

/// What an arm is held against: many trainers against one alone, those with cheats among them against many.
enum class Role : std::uint8_t { alone, many, with_cheats, beside };

struct Arm {
    std::string name;
    Role role = Role::beside;
    std::vector<UnitWorker> cheats;
    bool in_place = false;  ///< the cheats take honest trainers' places instead of joining them
    bool audited = true;    ///< whether the cheats are
    double noise = 0;       ///< part of the windows that are noise
    bool drawn = false;     ///< in the plot, which has room for a few
};

/// Trains arms. What honest trainers hand in for a unit from a base is computed once for all arms.
class Village {
  public:
    Village(const ExperimentText& text, const Plan& plan, std::ostream& csv)
        : text_(text), plan_(plan), csv_(csv) {}

    struct Course {
        Curve by_tokens;
        Curve by_rounds;
        std::uint32_t refused = 0;  ///< of the cheats' units
        double last() const { return by_tokens.points.back().y; }
    };

    /// May run on several threads at the same time, each with kernels of its own.
    Course run(const Kernels& kernels, const Arm& arm) {
        const std::uint32_t trainers = arm.role == Role::alone ? 1 : plan_.trainers;
        const auto cheats = static_cast<std::uint32_t>(arm.cheats.size());
        const std::uint32_t honest_trainers = arm.in_place ? trainers - cheats : trainers;
        const std::uint32_t rounds = arm.role == Role::alone ? plan_.rounds * plan_.trainers : plan_.rounds;
        TrainConfig train = arm.role == Role::alone ? plan_.alone : plan_.train;
        Checkpoint checkpoint = expect(initial_checkpoint(plan_.model, k_start_seed));
        Course course{{arm.name, {}}, {arm.name, {}}, 0};
        std::uint64_t tokens = 0;
        const auto evaluate = [&](std::uint32_t round) {
            const double loss =
                static_cast<double>(expect(held_out_loss(kernels, checkpoint, train, text_.held_out))) * 1e-6;
            const double millions = static_cast<double>(tokens) * 1e-6;
            course.by_tokens.points.push_back({millions, loss});
            course.by_rounds.points.push_back({static_cast<double>(round), loss});
            const std::scoped_lock lock(mutex_);
            csv_ << arm.name << ',' << round << ',' << millions << ',' << loss << std::endl;
        };
        evaluate(0);
        const std::uint32_t every = std::max(rounds / k_evaluations, 1U);
        for (std::uint32_t round = 0; round < rounds; ++round) {
            std::vector<Update> updates;
            const Hash base = checkpoint.root();
            const auto keep = [&](const std::optional<Bytes>& update) {
                if (update)
                    updates.push_back(
                        expect(Update::decode(*update, checkpoint.parameters.size(), train.quant_block)));
            };
            for (std::uint32_t trainer = 0; trainer < honest_trainers; ++trainer) {
                const std::uint64_t number = std::uint64_t{round} * trainers + trainer;
                const auto windows = windows_of(number, train, arm.noise);
                keep(honest(kernels, {&checkpoint, train, windows}, base, number, arm.noise));
                tokens += train.tokens_per_unit();
            }
            for (std::uint32_t cheat = 0; cheat < cheats; ++cheat) {
                const std::uint64_t number =
                    arm.in_place ? std::uint64_t{round} * trainers + honest_trainers + cheat
                                 : k_first_joining_unit + std::uint64_t{round} * cheats + cheat;
                const auto windows = windows_of(number, train, arm.noise);
                const auto update = from_cheat(kernels, arm, cheat, {&checkpoint, train, windows}, number);
                if (!update) ++course.refused;
                keep(update);
            }
            checkpoint = expect(merge(kernels, checkpoint, train, updates));
            if ((round + 1) % every == 0 || round + 1 == rounds) evaluate(round + 1);
        }
        return course;
    }

    std::uint64_t honest_units() const { return honest_units_; }
    std::uint64_t honest_refused() const { return honest_refused_; }
    /// The score of a shard of noise, and of real text of that length, against `checkpoint`.
    std::pair<std::uint64_t, std::uint64_t> scores(const Kernels& kernels) const {
        const Checkpoint start = expect(initial_checkpoint(plan_.model, k_start_seed));
        const std::size_t length = std::min<std::size_t>(text_.training.size(), 20000);
        Tokens noise(length);
        Draws draws(7);
        for (Token& token : noise)
            token = noise_token(draws);
        const auto score = [&](std::span<const std::int32_t> tokens) {
            const auto windows =
                spread_windows(text_.held_out, plan_.train.sequence, plan_.train.held_out_windows);
            return expect(score_shard(kernels, start, plan_.train, tokens, start.root(), windows));
        };
        return {score(noise), score(std::span(text_.training).first(length))};
    }

  private:
    Token noise_token(Draws& draws) const { return static_cast<Token>(draws.below(text_.vocab)); }

    std::vector<std::int32_t> windows_of(std::uint64_t unit, const TrainConfig& train, double noise) const {
        Draws draws(unit + 1);
        std::vector<std::int32_t> windows;
        for (std::uint64_t i = 0; i < train.windows_per_unit(); ++i) {
            const std::size_t begin = draws.below(text_.training.size() - train.window_tokens());
            const bool is_noise = draws.part() < noise;
            const auto first = text_.training.begin() + static_cast<std::ptrdiff_t>(begin);
            if (!is_noise) windows.insert(windows.end(), first, first + train.window_tokens());
            for (std::uint32_t t = 0; is_noise && t < train.window_tokens(); ++t)
                windows.push_back(noise_token(draws));
        }
        return windows;
    }

    std::optional<Bytes> audited(const Kernels& kernels, const WorkUnit& unit, const Submission& submission,
                                 std::uint64_t number) const {
        Draws draws(number + (std::uint64_t{1} << 40U));
        const Verdict verdict = audit(kernels, unit, submission, k_audited_segments, k_audited_chunks, draws);
        if (!verdict.accepted) return std::nullopt;
        return submission.update;
    }

    std::optional<Bytes> honest(const Kernels& kernels, const WorkUnit& unit, const Hash& base,
                                std::uint64_t number, double noise) {
        std::promise<std::optional<Bytes>> promise;
        std::shared_future<std::optional<Bytes>> known;
        {
            const std::scoped_lock lock(mutex_);
            const auto [place, is_new] = honest_.try_emplace(std::tuple(base, number, noise > 0));
            if (is_new) {
                place->second = promise.get_future().share();
                ++honest_units_;
            } else {
                known = place->second;
            }
        }
        if (known.valid()) return known.get();
        const auto update = audited(kernels, unit, train_honestly(kernels, unit), number);
        if (!update) ++honest_refused_;
        promise.set_value(update);
        return update;
    }

    std::optional<Bytes> from_cheat(const Kernels& kernels, const Arm& arm, std::uint32_t cheat,
                                    const WorkUnit& unit, std::uint64_t number) const {
        Submission submission = arm.cheats[cheat](kernels, unit);
        return arm.audited ? audited(kernels, unit, submission, number)
                           : std::optional(std::move(submission.update));
    }

    const ExperimentText& text_;
    const Plan& plan_;
    std::ostream& csv_;
    std::mutex mutex_;
    std::map<std::tuple<Hash, std::uint64_t, bool>, std::shared_future<std::optional<Bytes>>> honest_;
    std::atomic<std::uint64_t> honest_units_ = 0;
    std::atomic<std::uint64_t> honest_refused_ = 0;
};

std::vector<Arm> arms_of(const Plan& plan, const std::string& only) {
    const std::string many = std::to_string(plan.trainers) + " trainers";
    std::vector<Arm> arms{
        {.name = "one trainer", .role = Role::alone, .cheats = {}, .drawn = true},
        {.name = many, .role = Role::many, .cheats = {}, .drawn = true},
        {.name = many + " and all cheats", .role = Role::with_cheats, .cheats = {}, .drawn = true}};
    for (const AdversaryKind& kind : adversary_kinds())
        arms[2].cheats.push_back(kind.begin());
    for (const AdversaryKind& kind : adversary_kinds())
        arms.push_back(
            {.name = many + " and: " + kind.name, .role = Role::with_cheats, .cheats = {kind.begin()}});
    for (const AdversaryKind& kind : adversary_kinds())
        arms.push_back({.name = "one of them: " + kind.name,
                        .cheats = {kind.begin()},
                        .in_place = true,
                        .drawn = kind.name == adversary_kinds()[0].name});
    arms.push_back({.name = "a tenth of the data noise", .cheats = {}, .noise = k_noise_part, .drawn = true});
    arms.push_back({.name = "one of them, unaudited: random update",
                    .cheats = {adversary_kinds()[0].begin()},
                    .in_place = true,
                    .audited = false});
    const auto wanted = [&](const Arm& arm) {
        return ("," + only + ",").find("," + arm.name + ",") != std::string::npos;
    };
    std::erase_if(arms, [&](const Arm& arm) { return !only.empty() && !wanted(arm); });
    return arms;
}

void draw(const std::string& file, const Plan& plan, const std::vector<Arm>& arms,
          const std::vector<std::optional<Village::Course>>& courses) {
    Panel by_tokens{"same tokens in all", "million tokens", {}};
    Panel by_rounds{"same rounds", "rounds", {}};
    double lowest = k_highest_shown;
    for (std::size_t i = 0; i < arms.size(); ++i) {
        const auto& course = courses[i];
        if (!course || !arms[i].drawn) continue;
        by_tokens.curves.push_back(course->by_tokens);
        by_rounds.curves.push_back(course->by_rounds);
        std::erase_if(by_rounds.curves.back().points, [&](const CurvePoint& p) { return p.x > plan.rounds; });
        lowest = std::min(lowest, course->last());
    }
    std::ofstream(file) << curves_svg({by_tokens, by_rounds}, "held-out nats a token",
                                      std::floor(lowest * 4) / 4, k_highest_shown);
}

/// Prints what each arm is above the one it is held against.
bool bars_met(const std::vector<Arm>& arms, const std::vector<std::optional<Village::Course>>& courses) {
    const auto of = [&](Role role) -> const Village::Course* {
        for (std::size_t i = 0; i < arms.size(); ++i) {
            if (arms[i].role == role) return &*courses[i];
        }
        return nullptr;
    };
    const Village::Course* const alone = of(Role::alone);
    const Village::Course* const many = of(Role::many);
    bool met = true;
    for (std::size_t i = 0; i < arms.size(); ++i) {
        const bool is_many = arms[i].role == Role::many;
        const Village::Course* const other = is_many                             ? alone
                                             : arms[i].role == Role::with_cheats ? many
                                                                                 : nullptr;
        if (other == nullptr) continue;
        const double above = courses[i]->last() - other->last();
        const double bar = is_many ? k_bar_many_to_one : k_bar_adversary;
        std::cout << arms[i].name << ": " << above << " above " << (is_many ? "one alone" : "honest ones")
                  << ", bar " << bar << (above <= bar ? " ok" : " short") << std::endl;
        met = met && above <= bar;
    }
    return met;
}

int convergence(int argc, char** argv) {
    if (argc < 3) {
        std::cerr << "usage: convergence TEXT.txt OUT [name=value ...]\n";
        return 2;
    }
    std::ifstream stream(argv[1], std::ios::binary);
    if (!stream) {
        std::cerr << "convergence: skipped, there is no text " << argv[1] << "\n";
        return k_nothing_to_train_on;
    }
    const Settings settings(argc, argv);
    const ExperimentText text = expect(read_experiment_text(stream, {.vocab = k_vocab}));
    const Plan plan = plan_of(settings, text.vocab);
    std::cout << text.training.size() << " tokens to train on, " << text.held_out.size() << " held out, "
              << plan.model.parameter_count() << " parameters, " << plan.rounds << " rounds of "
              << plan.trainers << " units of " << plan.train.tokens_per_unit() << " tokens" << std::endl;
    std::uint32_t threads = 1;
    settings.number("threads", threads);
    const std::string out = argv[2];
    std::ofstream csv(out + ".csv");
    csv << "arm,round,million_tokens,held_out_nats\n";
    Village village(text, plan, csv);
    SerialExecutor executor;
    const auto [noise_score, text_score] = village.scores(*make_kernels(best_isa(), executor));
    std::cout << "score of a shard of noise: " << noise_score << " (of text: " << text_score << ")"
              << std::endl;

    const std::vector<Arm> arms = arms_of(plan, settings.text("only"));
    std::vector<std::optional<Village::Course>> courses(arms.size());
    std::atomic<std::size_t> next = 0;
    std::mutex mutex;
    std::vector<std::thread> workers;
    for (std::uint32_t i = 0; i < threads; ++i) {
        workers.emplace_back([&] {
            SerialExecutor own;
            const auto kernels = make_kernels(best_isa(), own);
            for (std::size_t arm = next++; arm < arms.size(); arm = next++) {
                Village::Course course = village.run(*kernels, arms[arm]);
                const std::scoped_lock lock(mutex);
                std::cout << arms[arm].name << ": " << course.last() << " nats a token";
                if (!arms[arm].cheats.empty())
                    std::cout << ", " << course.refused << " of the cheats' units refused";
                std::cout << std::endl;
                courses[arm] = std::move(course);
                draw(out + ".svg", plan, arms, courses);
            }
        });
    }
    for (std::thread& worker : workers)
        worker.join();
    std::cout << village.honest_units() << " honest units audited, " << village.honest_refused() << " refused"
              << std::endl;
    return bars_met(arms, courses) && village.honest_refused() == 0 && csv ? 0 : 1;
}

}  // namespace
}  // namespace dure::tools

int main(int argc, char** argv) {
    return dure::tools::convergence(argc, argv);
}
