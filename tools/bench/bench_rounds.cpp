// Measures training on a text: tokens per second of a work unit, and the held-out loss over some rounds of
// several trainers whose updates are merged as the chain merges them, all in one process. The settings of the
// devnet's recipe can be changed one by one, so that it serves for tuning them.
//
// usage: bench_rounds TEXT [name=value ...]
//   rounds trainers threads vocab steps batch warmup lr floor outer_lr momentum decay cap shards isa=NAME
//   json=FILE
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include "base/codec.h"
#include "trainer/kernels/kernels.h"
#include "trainer/model/recipe.h"
#include "trainer/rounds/checkpoint.h"
#include "trainer/rounds/judge.h"
#include "trainer/rounds/merge.h"
#include "trainer/rounds/update.h"
#include "trainer/rounds/windows.h"
#include "trainer/rounds/work_unit.h"
#include "trainer/text/normalize.h"
#include "trainer/text/tokenizer.h"

namespace dure::trainer {
namespace {

class Settings {
  public:
    explicit Settings(std::map<std::string, std::string> values) : values_(std::move(values)) {}

    std::string text(const std::string& name, const std::string& fallback) {
        const auto found = values_.find(name);
        if (found == values_.end()) return fallback;
        const std::string value = found->second;
        values_.erase(found);
        return value;
    }
    double number(const std::string& name, double fallback) {
        const std::string value = text(name, "");
        return value.empty() ? fallback : std::strtod(value.c_str(), nullptr);
    }
    void number(const std::string& name, std::uint32_t& target) {
        target = static_cast<std::uint32_t>(number(name, static_cast<double>(target)));
    }
    void number(const std::string& name, Float32& target) {
        target = Float32(static_cast<float>(number(name, target.exact())));
    }
    const std::map<std::string, std::string>& unused() const { return values_; }

  private:
    std::map<std::string, std::string> values_;
};

template <class T>
T must(Result<T> result) {
    if (result) return std::move(*result);
    std::fprintf(stderr, "bench_rounds: %s\n", result.error().message.c_str());
    std::exit(1);
}

double wall_seconds() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Of the whole process: what other processes take from its cores does not count.
double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double nats(std::uint64_t micro_nats) {
    return static_cast<double>(micro_nats) * 1e-6;
}

// Windows drawn evenly from a text by a tagged hash of their number.
Tokens draw_windows(const Tokens& text, const TrainConfig& train, std::uint64_t unit) {
    static const TaggedHash hash("dure/bench/window");
    Tokens windows;
    const std::uint64_t starts = text.size() - train.window_tokens() + 1;
    for (std::uint64_t w = 0; w < train.windows_per_unit(); ++w) {
        Writer writer;
        writer.number(unit);
        writer.number(w);
        const Hash digest = hash(writer.bytes());
        std::uint64_t random = 0;
        Reader reader(digest.bytes);
        reader.number(random);
        const auto begin = text.begin() + static_cast<std::ptrdiff_t>(random % starts);
        windows.insert(windows.end(), begin, begin + static_cast<std::ptrdiff_t>(train.window_tokens()));
    }
    return windows;
}

int run(const std::string& path, Settings settings) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        std::fprintf(stderr, "bench_rounds: cannot read %s\n", path.c_str());
        return 1;
    }
    const std::string text = must(normalize_text(std::string(std::istreambuf_iterator<char>(file), {})));
    std::uint32_t vocab = k_devnet_vocab;
    std::uint32_t rounds = 10;
    std::uint32_t trainers = 4;
    std::uint32_t threads = 1;
    settings.number("vocab", vocab);
    settings.number("rounds", rounds);
    settings.number("trainers", trainers);
    settings.number("threads", threads);

    double began = wall_seconds();
    const Tokenizer tokenizer = must(Tokenizer::load(must(Tokenizer::train(text, vocab))));
    const double tokenizer_seconds = wall_seconds() - began;
    const Tokens all = tokenizer.encode(text);
    const auto held_out_size = static_cast<std::ptrdiff_t>(all.size() / 20);
    const Tokens training(all.begin(), all.end() - held_out_size);
    const Tokens held_out(all.end() - held_out_size, all.end());
    std::printf("text: %zu bytes, %zu tokens of %u pieces (tokenizer trained in %.1f s)\n", text.size(),
                all.size(), tokenizer.size(), tokenizer_seconds);

    Recipe recipe = default_devnet_recipe(tokenizer.size());
    TrainConfig& train = recipe.train;
    settings.number("steps", train.steps);
    train.segment_steps = std::min(train.segment_steps, train.steps);
    settings.number("batch", train.batch);
    train.warmup_steps = std::min(train.warmup_steps, train.steps);
    settings.number("warmup", train.warmup_steps);
    settings.number("lr", train.learning_rate);
    settings.number("floor", train.learning_rate_floor);
    settings.number("outer_lr", train.outer_learning_rate);
    settings.number("momentum", train.outer_momentum);
    settings.number("decay", train.weight_decay);
    settings.number("beta2", train.beta2);
    settings.number("clip", train.clip_norm);
    settings.number("cap", train.update_norm_max);
    settings.number("score_step", train.score_step);
    settings.number("dim", recipe.model.dim);
    settings.number("layers", recipe.model.layers);
    settings.number("ffn", recipe.model.ffn);
    Isa isa = best_isa();
    const std::string isa_wanted = settings.text("isa", isa_name(isa));
    const std::string json = settings.text("json", "");
    if (!isa_from_name(isa_wanted.c_str(), isa) || !isa_supported(isa) || !settings.unused().empty()) {
        std::fprintf(stderr, "bench_rounds: unknown setting or an instruction set this machine lacks\n");
        return 2;
    }
    ThreadPool pool(static_cast<int>(threads));
    const auto kernels = make_kernels(isa, pool);

    Checkpoint checkpoint = must(initial_checkpoint(recipe.model, k_devnet_initial_seed));
    const auto count = static_cast<std::int64_t>(checkpoint.parameters.size());
    std::printf("model: %lld parameters, %s, %u thread(s); unit: %u steps of %u x %u\n",
                static_cast<long long>(count), isa_name(isa), threads, train.steps, train.batch,
                train.sequence);
    const std::uint64_t first = must(held_out_loss(*kernels, checkpoint, train, held_out));
    std::printf("round 0: held-out %.4f\n", nats(first));

    std::uint64_t last = first;
    double train_wall = 0;
    double train_cpu = 0;
    std::uint64_t trained = 0;
    std::size_t update_bytes = 0;
    for (std::uint32_t round = 1; round <= rounds; ++round) {
        std::vector<Update> updates;
        float largest = 0;
        std::vector<float> difference(checkpoint.parameters.size());
        std::uint64_t loss_last = 0;
        for (std::uint32_t trainer = 0; trainer < trainers; ++trainer) {
            const std::uint64_t number = std::uint64_t{round} * trainers + trainer;
            const Tokens windows = draw_windows(training, train, number);
            began = wall_seconds();
            const double cpu_began = cpu_seconds();
            const UnitResult result = must(train_unit(*kernels, {&checkpoint, train, windows}, Hash{}));
            train_wall += wall_seconds() - began;
            train_cpu += cpu_seconds() - cpu_began;
            trained += result.tokens;
            update_bytes = result.update.size();
            loss_last = result.loss_last;
            updates.push_back(
                must(Update::decode(result.update, checkpoint.parameters.size(), train.quant_block)));
            updates.back().dequantize(difference);
            largest = std::max(largest, kernels->sum_of_squares(difference.data(), count));
        }
        checkpoint = must(merge(*kernels, checkpoint, train, updates));
        began = wall_seconds();
        last = must(held_out_loss(*kernels, checkpoint, train, held_out));
        std::printf(
            "round %u: held-out %.4f (%.3f of the first, %.2f s), last step %.4f, largest update norm %.1f\n",
            round, nats(last), static_cast<double>(last) / static_cast<double>(first), wall_seconds() - began,
            nats(loss_last), std::sqrt(static_cast<double>(largest)));
        std::fflush(stdout);
    }
    const double per_wall = static_cast<double>(trained) / train_wall;
    const double per_cpu = static_cast<double>(trained) / train_cpu;
    std::printf("tokens/s: %.0f by the clock, %.0f per CPU second; a unit takes %.1f CPU seconds\n", per_wall,
                per_cpu, train_cpu / (rounds * trainers));
    std::printf("update: %zu bytes, %.4f a parameter\n", update_bytes,
                static_cast<double>(update_bytes) / static_cast<double>(count));
    const Tokens shard(training.begin(), training.begin() + std::min<std::ptrdiff_t>(20000, held_out_size));
    Tokens noise = shard;
    for (std::size_t i = 0; i < noise.size(); ++i)
        noise[i] = static_cast<Token>(4 + (i * 7919) % (tokenizer.size() - 4));
    const auto windows = spread_windows(held_out, train.sequence, train.held_out_windows);
    const auto score = [&](const Tokens& tokens) {
        return static_cast<unsigned long long>(
            must(score_shard(*kernels, checkpoint, train, tokens, checkpoint.root(), windows)));
    };
    std::printf("score: real text %llu, noise %llu\n", score(shard), score(noise));
    if (!json.empty()) {
        std::ofstream(json) << "{\"parameters\":" << count << ",\"tokens_per_second\":" << per_wall
                            << ",\"tokens_per_cpu_second\":" << per_cpu << ",\"rounds\":" << rounds
                            << ",\"held_out_first\":" << nats(first) << ",\"held_out_last\":" << nats(last)
                            << ",\"update_bytes\":" << update_bytes << "}\n";
    }
    return 0;
}

}  // namespace
}  // namespace dure::trainer

int main(int count, char** arguments) {
    std::map<std::string, std::string> values;
    for (int i = 2; i < count; ++i) {
        const std::string argument = arguments[i];
        const std::size_t equals = argument.find('=');
        if (equals == std::string::npos) count = 0;
        values[argument.substr(0, equals)] = equals == std::string::npos ? "" : argument.substr(equals + 1);
    }
    if (count < 2) {
        std::fprintf(stderr, "usage: bench_rounds TEXT [name=value ...]\n");
        return 2;
    }
    return dure::trainer::run(arguments[1], dure::trainer::Settings(std::move(values)));
}
