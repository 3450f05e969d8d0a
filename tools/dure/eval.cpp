// dure eval: what a model can do.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>

#include "tools/dure/commands.h"
#include "tools/dure/devices.h"
#include "tools/dure/korean_data.h"
#include "tools/dure/model_folder.h"
#include "tools/dure/output.h"
#include "trainer/eval/tasks.h"

namespace dure::tools {

namespace {

namespace json = boost::json;

constexpr std::uint64_t k_typo_seed = 1;

struct EvalOptions {
    std::string model;
    std::string tokenizer;
    std::string data;
    std::size_t limit = 2000;
    unsigned threads = 1;
    std::string device = "cpu";
};

struct Row {
    std::string task;
    std::string metric;
    std::size_t examples = 0;
    double model = 0;
    std::optional<double> majority;
    std::optional<double> words;
    std::optional<double> characters;
};

template <class T>
std::span<const T> first(const std::vector<T>& all, std::size_t limit) {
    return std::span(all).first(std::min(all.size(), limit));
}

class Evaluation {
  public:
    Evaluation(const trainer::Kernels& kernels, const trainer::Checkpoint& checkpoint,
               const trainer::Tokenizer& tokenizer, std::size_t limit)
        : kernels_(kernels),
          checkpoint_(checkpoint),
          tokenizer_(tokenizer),
          limit_(limit),
          parameters_(kernels.device(), checkpoint.parameters),
          likelihood_(kernels, checkpoint.config, parameters_) {}

    Status run(const KoreanData& data) {
        ask_text(data);
        for (const ChoiceSet& set : data.choices)
            ask_choices(set);
        return ask_completions(data);
    }
    const std::vector<Row>& rows() const { return rows_; }

  private:
    void ask_text(const KoreanData& data) {
        const auto lines = first(data.asked_lines, limit_);
        if (lines.empty()) return;
        rows_.push_back({"held-out text",
                         "bits per byte",
                         lines.size(),
                         trainer::bits_per_byte(likelihood_, tokenizer_, lines),
                         {},
                         {},
                         {}});
        const auto spelling = trainer::spelling_accuracy(likelihood_, tokenizer_, lines, k_typo_seed);
        rows_.push_back(
            {"spelling (against one typo)", "accuracy", spelling.sentences, spelling.accuracy, 0.5, {}, {}});
    }

    void ask_choices(const ChoiceSet& set) {
        const auto asked = first(set.asked, limit_);
        if (asked.empty()) return;
        Row row{
            set.task, "accuracy", asked.size(), trainer::choice_accuracy(likelihood_, tokenizer_, asked), {},
            {},       {}};
        if (!set.training.empty()) {
            const auto baselines = trainer::choice_baselines(set.training, asked);
            row.majority = baselines.majority;
            row.words = baselines.words;
            row.characters = baselines.characters;
        }
        rows_.push_back(std::move(row));
    }

    Status ask_completions(const KoreanData& data) {
        const auto asked = first(data.asked_completions, limit_);
        if (asked.empty()) return {};
        DURE_TRY(trainer::Generator generator,
                 trainer::Generator::create(kernels_, checkpoint_.config, checkpoint_.parameters));
        DURE_TRY(const double rouge, trainer::completion_rouge(generator, tokenizer_, asked));
        rows_.push_back(
            {"summary (SAE4K)", "ROUGE-L", asked.size(), rouge, trainer::copied_rouge(asked), {}, {}});
        return {};
    }

    const trainer::Kernels& kernels_;
    const trainer::Checkpoint& checkpoint_;
    const trainer::Tokenizer& tokenizer_;
    std::size_t limit_;
    trainer::DeviceCopy parameters_;
    trainer::Likelihood likelihood_;
    std::vector<Row> rows_;
};

std::string four_digits(const std::optional<double>& value) {
    if (!value) return "-";
    char text[32];
    std::snprintf(text, sizeof text, "%.4f", *value);
    return text;
}

json::value number_or_null(const std::optional<double>& value) {
    return value ? json::value(*value) : json::value(nullptr);
}

void print(const Evaluation& evaluation, const trainer::Checkpoint& checkpoint, const KoreanData& data,
           bool as_json) {
    if (as_json) {
        json::array tasks;
        for (const Row& row : evaluation.rows()) {
            tasks.push_back({{"task", row.task},
                             {"metric", row.metric},
                             {"examples", row.examples},
                             {"model", row.model},
                             {"majority", number_or_null(row.majority)},
                             {"word_bayes", number_or_null(row.words)},
                             {"character_bayes", number_or_null(row.characters)}});
        }
        std::cout << pretty(json::object{{"checkpoint", checkpoint.root().hex()},
                                         {"parameters", checkpoint.parameters.size()},
                                         {"tasks", std::move(tasks)},
                                         {"missing", json::value_from(data.missing)}});
        return;
    }
    std::cout << "checkpoint " << checkpoint.root().hex() << ", " << checkpoint.parameters.size()
              << " parameters\n";
    Table table({"task", "metric", "examples", "model", "simplest", "word bayes", "character bayes"});
    for (const Row& row : evaluation.rows()) {
        table.row({row.task, row.metric, std::to_string(row.examples), four_digits(row.model),
                   four_digits(row.majority), four_digits(row.words), four_digits(row.characters)});
    }
    std::cout
        << table.text()
        << "simplest: the most frequent answer; for spelling a coin; for summaries the request itself\n";
    for (const std::string& name : data.missing)
        std::cout << "left out: there is no " << name << "\n";
}

Status eval(const EvalOptions& options, const SharedOptions& shared) {
    DURE_TRY(const Model model, read_model_with_tokenizer(options.model, options.tokenizer));
    DURE_TRY(const trainer::Tokenizer tokenizer, trainer::Tokenizer::load(model.tokenizer));
    DURE_TRY(const KoreanData data, read_korean_data(options.data));
    trainer::ThreadPool pool(static_cast<int>(options.threads));
    DURE_TRY(const auto kernels, open_device(options.device, pool));
    Evaluation evaluation(*kernels, model.checkpoint, tokenizer, options.limit);
    DURE_CHECK(evaluation.run(data));
    print(evaluation, model.checkpoint, data, shared.json);
    return {};
}

}  // namespace

void add_eval(Program& program) {
    const auto options = std::make_shared<EvalOptions>();
    CLI::App& command = program.command(
        nullptr, "eval", "measure what a model can do",
        {"dure eval out/checkpoint.bin --data ~/korean", "dure eval mymodel --data ~/korean",
         "dure eval blob --tokenizer tokenizer.model --data ~/korean --json"},
        "Asks a model for the sentiment of reviews, inference, causes and effects, summaries, "
        "spelling,\n"
        "and for held-out text, and sets beside each what counting words or characters can do.\n"
        "docs/evaluation.md says which examples are asked; none of them is in what dure dataset writes.");
    command.add_option("model", options->model, "a checkpoint file or a model's folder")->required();
    command.add_option("--tokenizer", options->tokenizer,
                       "its tokenizer (default: tokenizer.model in the folder or beside the file)");
    command.add_option("--data", options->data, "folder of the sets")->required();
    command.add_option("--limit", options->limit, "examples a task at most")
        ->capture_default_str()
        ->check(CLI::Range(1, 1000000));
    add_device_option(command, options->device);
    command.add_option("--threads", options->threads, "threads to use")
        ->capture_default_str()
        ->check(CLI::Range(1, 256));
    const SharedOptions& shared = program.options();
    program.action(command, [options, &shared] { return eval(*options, shared); });
}

}  // namespace dure::tools
