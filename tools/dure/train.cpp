// dure train: a model from text, on this machine alone.
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>

#include "tools/dure/commands.h"
#include "tools/dure/devices.h"
#include "tools/dure/model_files.h"
#include "tools/dure/model_folder.h"
#include "tools/dure/output.h"
#include "tools/dure/training_files.h"
#include "tools/dure/wallet.h"
#include "trainer/eval/tasks.h"
#include "trainer/local/local_run.h"
#include "trainer/model/recipe.h"

namespace dure::tools {

namespace fs = std::filesystem;

namespace {

constexpr const char* k_state_file = "run.state";
constexpr std::size_t k_max_state_bytes = std::size_t{2} << 30;
constexpr std::uint32_t k_reports = 20;

struct TrainOptions {
    std::vector<std::string> texts;
    std::vector<std::string> answers;
    std::string out;
    std::string from;
    std::string tokenizer;
    std::uint32_t vocab = 4096;
    std::uint32_t dim = 128;
    std::uint32_t layers = 4;
    std::uint32_t heads = 4;
    std::uint32_t kv_heads = 2;
    std::uint32_t ffn = 352;
    std::uint32_t context = 128;
    std::uint32_t steps = 2000;
    std::uint32_t batch = 32;
    std::uint32_t sequence = 64;
    float learning_rate = 2e-3F;
    float floor = 1e-4F;
    std::uint32_t warmup = 100;
    std::uint64_t seed = 1;
    unsigned threads = 1;
    std::string device = "cpu";
    unsigned save_every = 60;
};

std::atomic<bool> interrupted{false};

void note_interruption(int) {
    interrupted = true;
}

// Until it ends, Ctrl-C and SIGTERM only set `interrupted`.
class Interruptible {
  public:
    Interruptible() {
        interrupted = false;
        old_int_ = std::signal(SIGINT, note_interruption);
        old_term_ = std::signal(SIGTERM, note_interruption);
    }
    Interruptible(const Interruptible&) = delete;
    Interruptible& operator=(const Interruptible&) = delete;
    ~Interruptible() {
        std::signal(SIGINT, old_int_);
        std::signal(SIGTERM, old_term_);
    }

  private:
    void (*old_int_)(int) = nullptr;
    void (*old_term_)(int) = nullptr;
};

/// The model to start from, if one is named. A run that goes on keeps its own tokenizer.
Result<std::optional<Model>> model_to_start_from(const TrainOptions& options) {
    if (options.from.empty()) return std::optional<Model>();
    const fs::path own = fs::path(options.out) / k_tokenizer_file;
    std::error_code error;
    DURE_TRY(Model model, read_model_with_tokenizer(
                              options.from, fs::exists(own, error) ? own : fs::path(options.tokenizer)));
    return std::optional<Model>(std::move(model));
}

Result<trainer::Tokenizer> tokenizer_for(const TrainOptions& options, const std::optional<Model>& from,
                                         const std::vector<TrainingFile>& files) {
    const fs::path own = fs::path(options.out) / k_tokenizer_file;
    std::error_code error;
    const bool goes_on = fs::exists(own, error);
    Bytes bytes;
    if (from) {
        bytes = from->tokenizer;
    } else if (goes_on || !options.tokenizer.empty()) {
        DURE_TRY(bytes, read_tokenizer_bytes(goes_on ? own : fs::path(options.tokenizer)));
    } else {
        std::cout << "training a tokenizer" << std::endl;
        DURE_TRY(bytes, trainer::Tokenizer::train(all_text(files), options.vocab));
    }
    DURE_TRY(trainer::Tokenizer tokenizer, trainer::Tokenizer::load(bytes));
    if (!goes_on) DURE_CHECK(replace_private_file(own, as_text(bytes)));
    return tokenizer;
}

Result<trainer::Checkpoint> new_model(const TrainOptions& options, const trainer::Tokenizer& tokenizer) {
    if (options.heads == 0 || options.dim % options.heads != 0) {
        return Error{ErrorCode::out_of_range, "--dim " + std::to_string(options.dim) +
                                                  " must be a multiple of --heads " +
                                                  std::to_string(options.heads)};
    }
    trainer::ModelConfig model = trainer::default_devnet_recipe(tokenizer.size()).model;
    model.dim = options.dim;
    model.layers = options.layers;
    model.heads = options.heads;
    model.kv_heads = options.kv_heads;
    model.head_dim = options.dim / options.heads;
    model.ffn = options.ffn;
    model.max_sequence = options.context;
    return trainer::initial_checkpoint(model, options.seed);
}

trainer::TrainConfig train_config(const TrainOptions& options) {
    trainer::TrainConfig train = trainer::default_devnet_recipe(0).train;
    train.steps = options.steps;
    train.segment_steps = options.steps;
    train.batch = options.batch;
    train.sequence = options.sequence;
    train.warmup_steps = std::min(options.warmup, options.steps);
    train.learning_rate = trainer::Float32(options.learning_rate);
    train.learning_rate_floor = trainer::Float32(std::min(options.floor, options.learning_rate));
    train.beta2 = trainer::Float32(0.98F);
    return train;
}

// What is printed while a run goes on.
class Progress {
  public:
    Progress(const trainer::Kernels& kernels, const trainer::Tokenizer& tokenizer,
             const trainer::LocalPlan& plan, const std::vector<TrainingFile>& files)
        : kernels_(kernels),
          tokenizer_(tokenizer),
          plan_(plan),
          files_(files),
          sums_(files.size()),
          counts_(files.size()) {}

    void add(const trainer::LocalStep& step) {
        sums_[step.source] += step.loss;
        ++counts_[step.source];
        ++steps_;
    }

    void print(const trainer::LocalRun& run) {
        const double seconds =
            std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
        std::printf("step %u of %u: loss", run.steps(), plan_.train.steps);
        for (std::size_t i = 0; i < files_.size(); ++i) {
            if (counts_[i] > 0) std::printf(" %s %.3f", files_[i].name.c_str(), sums_[i] / counts_[i]);
            sums_[i] = counts_[i] = 0;
        }
        std::printf("; held out");
        trainer::Likelihood likelihood(kernels_, plan_.base.config, run.parameters());
        for (const TrainingFile& file : files_)
            print_held_out(likelihood, file);
        if (seconds > 0 && steps_ > 0) {
            const double tokens = static_cast<double>(steps_) * plan_.train.batch * plan_.train.sequence;
            std::printf("; %.0f tokens/s, %.0f s left", tokens / seconds,
                        seconds / static_cast<double>(steps_) * (plan_.train.steps - run.steps()));
        }
        std::printf("\n");
        std::fflush(stdout);
    }

  private:
    void print_held_out(trainer::Likelihood& likelihood, const TrainingFile& file) const {
        if (!file.held_out_lines.empty()) {
            std::printf(" %s %.4f bits/byte", file.name.c_str(),
                        trainer::bits_per_byte(likelihood, tokenizer_, file.held_out_lines));
        }
        if (!file.held_out_examples.empty()) {
            std::vector<trainer::Continuation> items;
            for (const trainer::Completion& example : file.held_out_examples)
                items.push_back({tokenizer_.encode(example.question), tokenizer_.encode(example.answer)});
            double total = 0;
            for (const double surprise : likelihood.surprises(items))
                total += surprise;
            std::printf(" %s %.4f nats/answer", file.name.c_str(), total / static_cast<double>(items.size()));
        }
    }

    const trainer::Kernels& kernels_;
    const trainer::Tokenizer& tokenizer_;
    const trainer::LocalPlan& plan_;
    const std::vector<TrainingFile>& files_;
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
    std::vector<double> sums_;
    std::vector<double> counts_;
    std::uint64_t steps_ = 0;
};

Result<trainer::LocalRun> start_or_resume(const trainer::Kernels& kernels, const trainer::LocalPlan& plan,
                                          const fs::path& state_file) {
    const auto state = read_file(state_file, k_max_state_bytes);
    if (!state && state.error().code != ErrorCode::not_found) return state.error();
    if (!state) return trainer::LocalRun::start(kernels, plan);
    auto run = trainer::LocalRun::start(kernels, plan, as_bytes(*state));
    if (!run) return with_context(run.error(), state_file.string());
    std::cout << "going on behind step " << run->steps() << std::endl;
    return run;
}

// Trains to the end, or until it is interrupted. The state is saved now and then.
Status work(trainer::LocalRun& run, Progress& progress, const TrainOptions& options,
            const fs::path& state_file) {
    const Interruptible guard;
    const auto save = [&] { return replace_private_file(state_file, as_text(run.state())); };
    const std::uint32_t report_every = std::max(1U, options.steps / k_reports);
    auto saved = std::chrono::steady_clock::now();
    while (!run.finished() && !interrupted) {
        DURE_TRY(const trainer::LocalStep step, run.step());
        progress.add(step);
        if (run.steps() % report_every == 0 || run.finished()) progress.print(run);
        if (std::chrono::steady_clock::now() - saved < std::chrono::seconds(options.save_every)) continue;
        DURE_CHECK(save());
        saved = std::chrono::steady_clock::now();
    }
    if (run.finished()) return {};
    DURE_CHECK(save());
    return Error{ErrorCode::unavailable, "interrupted behind step " + std::to_string(run.steps()) +
                                             "; the same command goes on from there"};
}

Status train(const TrainOptions& options) {
    const fs::path out = options.out;
    std::error_code error;
    fs::create_directories(out, error);
    if (error) return Error{ErrorCode::io, "cannot make " + out.string() + ": " + error.message()};
    if (fs::exists(out / k_checkpoint_file, error)) {
        return Error{ErrorCode::duplicate,
                     (out / k_checkpoint_file).string() +
                         " is there already; choose another folder with --out, or remove it"};
    }
    DURE_TRY(const std::vector<TrainingFile> files, read_training_files(options.texts, options.answers));
    DURE_TRY(std::optional<Model> from, model_to_start_from(options));
    DURE_TRY(const trainer::Tokenizer tokenizer, tokenizer_for(options, from, files));
    trainer::LocalPlan plan{{}, train_config(options), options.seed, {}};
    if (from) {
        plan.base = std::move(from->checkpoint);
    } else {
        DURE_TRY(plan.base, new_model(options, tokenizer));
    }
    for (const TrainingFile& file : files)
        plan.sources.push_back(source_of(file, tokenizer));
    trainer::ThreadPool pool(static_cast<int>(options.threads));
    DURE_TRY(const auto kernels, open_device(options.device, pool));
    DURE_TRY(trainer::LocalRun run, start_or_resume(*kernels, plan, out / k_state_file));
    std::cout << plan.base.parameters.size() << " parameters, " << tokenizer.size() << " pieces, "
              << std::uint64_t{options.steps} * options.batch * options.sequence << " tokens to train on"
              << std::endl;
    Progress progress(*kernels, tokenizer, plan, files);
    DURE_CHECK(work(run, progress, options, out / k_state_file));
    const trainer::Checkpoint checkpoint = run.checkpoint();
    DURE_CHECK(replace_private_file(out / k_checkpoint_file, as_text(checkpoint.encode())));
    fs::remove(out / k_state_file, error);
    std::cout << (out / k_checkpoint_file).string() << ": checkpoint " << checkpoint.root().hex() << "\n";
    return {};
}

}  // namespace

void add_train(Program& program) {
    const auto options = std::make_shared<TrainOptions>();
    CLI::App& command = program.command(
        nullptr, "train", "train a model on this machine, without a chain",
        {"dure train --text prose.txt --out model",
         "dure train --from model/checkpoint.bin --answers reviews.tsv:3 --text prose.txt:1 --out reviewer"},
        "Trains with the arithmetic and the steps of the chain's work units. The same text and settings "
        "give\n"
        "the same checkpoint, bit for bit, on every machine. Ctrl-C stops it; the same command goes on.\n"
        "A text's every token is predicted. A file of answers has a line for each example: question, tab,\n"
        "answer; only the answer is predicted. FILE:N lets a file have N parts of the steps.");
    command.add_option("--text", options->texts, "text files, each FILE or FILE:WEIGHT");
    command.add_option("--answers", options->answers,
                       "files of questions and answers, each FILE or FILE:WEIGHT");
    command.add_option("--out", options->out, "folder for checkpoint.bin and tokenizer.model")->required();
    command.add_option("--from", options->from,
                       "a checkpoint file or a model's folder to start from (default: a new model)");
    command.add_option("--tokenizer", options->tokenizer,
                       "a tokenizer to use (default: that of --from, or one trained on the text)");
    const auto number = [&](const char* name, auto& value, const char* what) {
        command.add_option(name, value, what)->capture_default_str()->group("Settings");
    };
    number("--vocab", options->vocab, "pieces of a new tokenizer");
    number("--dim", options->dim, "a new model's width");
    number("--layers", options->layers, "its layers");
    number("--heads", options->heads, "its query heads");
    number("--kv-heads", options->kv_heads, "its key/value heads");
    number("--ffn", options->ffn, "its feed-forward width");
    number("--context", options->context, "tokens it can see");
    number("--steps", options->steps, "optimizer steps");
    number("--batch", options->batch, "windows a step");
    number("--sequence", options->sequence, "tokens a window");
    number("--learning-rate", options->learning_rate, "after the warm-up");
    number("--floor", options->floor, "the learning rate's end");
    number("--warmup", options->warmup, "steps of warm-up");
    number("--seed", options->seed, "of a new model's parameters and of the windows");
    number("--threads", options->threads, "threads to use");
    add_device_option(command, options->device);
    number("--save-every", options->save_every, "seconds between saved states");
    program.action(command, [options] { return train(*options); });
}

}  // namespace dure::tools
