// What the recipe's model (tools/recipes/korean) makes of film reviews: the accuracy of its sentiment on all of NSMC's
// development set. Beside it stand naive Bayes over words and over characters, trained on the same reviews.
//
// usage: DURE_KOREAN=FOLDER DURE_MODEL=FOLDER bench_eval [--json FILE]
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "tools/bench/figures.h"
#include "trainer/eval/tasks.h"
#include "trainer/rounds/checkpoint.h"

namespace dure::trainer {
namespace {

constexpr double k_bar = 0.80;

[[noreturn]] void fail(const std::string& message) {
    std::fprintf(stderr, "bench_eval: %s\n", message.c_str());
    std::exit(2);
}

template <class T>
T must(Result<T> result) {
    if (!result) fail(result.error().message);
    return std::move(*result);
}

std::string setting(const char* name) {
    const char* value = std::getenv(name);
    if (value == nullptr) fail(std::string(name) + " is not set; run tools/figures eval");
    return value;
}

std::string content(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) fail("cannot read " + path);
    return {std::istreambuf_iterator<char>(file), {}};
}

int run(bench::Figures figures) {
    const std::string data = setting("DURE_KOREAN");
    const std::string model = setting("DURE_MODEL");
    const auto training = must(read_nsmc(content(data + "/nsmc.train.tsv")));
    const auto asked = must(read_nsmc(content(data + "/nsmc.dev.tsv")));
    const Checkpoint checkpoint = must(Checkpoint::decode(as_bytes(content(model + "/checkpoint.bin"))));
    const Tokenizer tokenizer = must(Tokenizer::load(as_bytes(content(model + "/tokenizer.model"))));
    if (tokenizer.size() != checkpoint.config.active_vocab) fail("the tokenizer is not the model's");
    SerialExecutor executor;
    const auto kernels = make_kernels(best_isa(), executor);
    Likelihood likelihood(*kernels, checkpoint.config, checkpoint.parameters);
    figures.add("nsmc_accuracy", choice_accuracy(likelihood, tokenizer, asked), "share", bench::Bar::at_least,
                k_bar);
    const Baselines baselines = choice_baselines(training, asked);
    figures.detail("majority", baselines.majority);
    figures.detail("word_naive_bayes", baselines.words);
    figures.detail("character_naive_bayes", baselines.characters);
    figures.detail("parameters", checkpoint.parameters.size());
    figures.detail("reviews_asked", asked.size());
    figures.detail("checkpoint", boost::json::string(checkpoint.root().hex()));
    return figures.finish();
}

}  // namespace
}  // namespace dure::trainer

int main(int argc, char** argv) {
    return dure::trainer::run(dure::bench::Figures("eval", argc, argv));
}
