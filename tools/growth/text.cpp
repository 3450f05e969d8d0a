#include "tools/growth/text.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "trainer/text/normalize.h"

namespace dure::tools {
namespace {

/// Calls `body` with each line, its line feed included.
template <class Body>
void for_each_line(const std::string& text, Body body) {
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = text.find('\n', at) + 1;
        body(text.substr(at, end - at));
        at = end;
    }
}

}  // namespace

Result<ExperimentText> read_experiment_text(std::istream& stream, const TextRules& rules) {
    std::string raw((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
    raw.resize(std::min(raw.size(), rules.bytes));
    raw.resize(std::min(raw.size(), raw.rfind('\n') + 1));
    DURE_TRY(const std::string text, trainer::normalize_text(raw));
    std::string training, held_out, sample;
    std::size_t number = 0;
    for_each_line(text, [&](const std::string& line) {
        (number++ % rules.held_out_every == 0 ? held_out : training) += line;
    });
    const std::size_t every = training.size() / rules.tokenizer_bytes + 1;
    number = 0;
    for_each_line(training, [&](const std::string& line) {
        if (number++ % every == 0) sample += line;
    });
    DURE_TRY(const Bytes model, trainer::Tokenizer::train(sample, rules.vocab));
    DURE_TRY(const trainer::Tokenizer tokenizer, trainer::Tokenizer::load(model));
    return ExperimentText{tokenizer.encode(training), tokenizer.encode(held_out), tokenizer.size()};
}

}  // namespace dure::tools
