// dure dataset: labelled sets as text to train on.
#include <filesystem>
#include <iostream>
#include <memory>

#include "tools/dure/commands.h"
#include "tools/dure/korean_data.h"
#include "tools/dure/output.h"
#include "tools/dure/wallet.h"

namespace dure::tools {

namespace {

namespace json = boost::json;

struct DatasetOptions {
    std::string data;
    std::string out;
};

class Writer {
  public:
    explicit Writer(std::filesystem::path folder) : folder_(std::move(folder)) {}

    Status file(const std::string& name, const std::string& content, std::size_t lines) {
        if (lines == 0) return {};
        DURE_CHECK(replace_private_file(folder_ / name, content));
        written_.push_back({{"file", name}, {"lines", lines}, {"bytes", content.size()}});
        return {};
    }
    const json::array& written() const { return written_; }

  private:
    std::filesystem::path folder_;
    json::array written_;
};

Status write_dataset(const DatasetOptions& options, const SharedOptions& shared) {
    DURE_TRY(const KoreanData data, read_korean_data(options.data));
    std::error_code error;
    std::filesystem::create_directories(options.out, error);
    if (error) return Error{ErrorCode::io, "cannot make " + options.out + ": " + error.message()};
    Writer writer(options.out);
    std::string text;
    for (const std::string& line : data.training_lines)
        text += line + "\n";
    DURE_CHECK(writer.file("text.txt", text, data.training_lines.size()));
    for (const ChoiceSet& set : data.choices) {
        text.clear();
        for (const trainer::MultipleChoice& choice : set.training)
            text += trainer::labelled_line(choice.question, choice.answers[choice.right]);
        DURE_CHECK(writer.file(set.file + ".tsv", text, set.training.size()));
    }
    text.clear();
    for (const trainer::Completion& completion : data.training_completions)
        text += trainer::labelled_line(completion.question, completion.answer);
    DURE_CHECK(writer.file("sae4k.tsv", text, data.training_completions.size()));

    if (shared.json) {
        std::cout << pretty(
            json::object{{"written", writer.written()}, {"missing", json::value_from(data.missing)}});
        return {};
    }
    Table table({"file", "lines", "bytes"});
    for (const json::value& file : writer.written()) {
        table.row({std::string(file.at("file").as_string()),
                   std::to_string(file.at("lines").to_number<std::uint64_t>()),
                   std::to_string(file.at("bytes").to_number<std::uint64_t>())});
    }
    std::cout << table.text();
    for (const std::string& name : data.missing)
        std::cout << "left out: there is no " << name << " in " << options.data << "\n";
    return {};
}

}  // namespace

void add_dataset(Program& program) {
    const auto options = std::make_shared<DatasetOptions>();
    CLI::App& command = program.command(nullptr, "dataset", "write labelled sets as text to train on",
                                        {"dure dataset --data ~/korean --out training",
                                         "dure contribute data training/nsmc.tsv --license CC0-1.0"},
                                        "Reads the Korean sets that docs/evaluation.md names and writes a "
                                        "line for each example: the question,\n"
                                        "a tab, the answer. dure train predicts only the answers of such a "
                                        "file; offered as data it is ordinary\n"
                                        "text. What dure eval asks is left out.");
    command.add_option("--data", options->data, "folder of the sets")->required();
    command.add_option("--out", options->out, "folder to write to")->required();
    const SharedOptions& shared = program.options();
    program.action(command, [options, &shared] { return write_dataset(*options, shared); });
}

}  // namespace dure::tools
