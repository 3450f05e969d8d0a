#include "tools/dure/training_files.h"

#include <charconv>
#include <filesystem>
#include <utility>

#include "tools/dure/wallet.h"
#include "trainer/eval/draws.h"

namespace dure::tools {

namespace {

constexpr std::size_t k_max_text_bytes = std::size_t{1} << 30;

struct Argument {
    std::string path;
    std::uint32_t weight = 1;
};

Argument parse(const std::string& argument) {
    const std::size_t colon = argument.rfind(':');
    if (colon == std::string::npos) return {argument, 1};
    std::uint32_t weight = 0;
    const char* end = argument.data() + argument.size();
    const auto [stop, error] = std::from_chars(argument.data() + colon + 1, end, weight);
    if (error != std::errc{} || stop != end) return {argument, 1};
    return {argument.substr(0, colon), weight};
}

bool is_for_progress(const std::string& line, std::size_t have) {
    return have < k_progress_lines && trainer::is_held_out(line, k_progress_one_in);
}

Status fill_lines(TrainingFile& file, const std::string& content) {
    DURE_TRY(std::vector<std::string> lines, trainer::read_lines(content));
    for (std::string& line : lines) {
        auto& where = is_for_progress(line, file.held_out_lines.size()) ? file.held_out_lines : file.lines;
        where.push_back(std::move(line));
    }
    return {};
}

Status fill_examples(TrainingFile& file, const std::string& content) {
    DURE_TRY(std::vector<trainer::Completion> examples, trainer::read_labelled_text(content));
    for (trainer::Completion& example : examples) {
        auto& where = is_for_progress(example.group, file.held_out_examples.size()) ? file.held_out_examples
                                                                                    : file.examples;
        where.push_back(std::move(example));
    }
    return {};
}

}  // namespace

Result<std::vector<TrainingFile>> read_training_files(const std::vector<std::string>& texts,
                                                      const std::vector<std::string>& answers) {
    std::vector<TrainingFile> files;
    for (const bool labelled : {false, true}) {
        for (const std::string& text : labelled ? answers : texts) {
            const Argument argument = parse(text);
            DURE_TRY(const std::string content, read_file(argument.path, k_max_text_bytes));
            TrainingFile file;
            file.name = std::filesystem::path(argument.path).stem().string();
            file.weight = argument.weight;
            const Status filled = labelled ? fill_examples(file, content) : fill_lines(file, content);
            if (!filled) return with_context(filled.error(), argument.path);
            if (file.lines.empty() && file.examples.empty())
                return Error{ErrorCode::invalid, argument.path + " has nothing to train on"};
            files.push_back(std::move(file));
        }
    }
    if (files.empty())
        return Error{ErrorCode::invalid, "there is nothing to train on; give --text or --answers"};
    return files;
}

std::string all_text(const std::vector<TrainingFile>& files) {
    std::string text;
    for (const TrainingFile& file : files) {
        for (const std::string& line : file.lines)
            text += line + "\n";
        for (const trainer::Completion& example : file.examples)
            text += example.question + " " + example.answer + "\n";
    }
    return text;
}

trainer::Source source_of(const TrainingFile& file, const trainer::Tokenizer& tokenizer) {
    trainer::Source source;
    source.weight = file.weight;
    if (!file.lines.empty()) source.text.push_back(trainer::k_newline_token);
    for (const std::string& line : file.lines) {
        const trainer::Tokens tokens = tokenizer.encode(line);
        source.text.insert(source.text.end(), tokens.begin(), tokens.end());
        source.text.push_back(trainer::k_newline_token);
    }
    for (const trainer::Completion& example : file.examples)
        source.examples.push_back({tokenizer.encode(example.question), tokenizer.encode(example.answer)});
    return source;
}

}  // namespace dure::tools
