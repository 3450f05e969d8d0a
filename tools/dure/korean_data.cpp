#include "tools/dure/korean_data.h"

#include <string_view>
#include <utility>

#include "tools/dure/wallet.h"
#include "trainer/eval/draws.h"

namespace dure::tools {

namespace fs = std::filesystem;
using trainer::Completion;
using trainer::MultipleChoice;

namespace {

constexpr std::size_t k_max_set_bytes = std::size_t{256} << 20;
constexpr const char* k_plain_texts[] = {"kaist.txt", "krdict_sent.train.txt", "krdict_dlg.txt"};

using ReadChoices = Result<std::vector<MultipleChoice>> (*)(std::string_view);

struct ChoiceFiles {
    const char* name;
    const char* task;
    ReadChoices read;
    const char* training;
    const char* asked;  // nullptr: held out from `training`
};

constexpr ChoiceFiles k_choice_files[] = {
    {"nsmc", "sentiment (NSMC)", trainer::read_nsmc, "nsmc.train.tsv", "nsmc.dev.tsv"},
    {"klue_nli", "inference (KLUE-NLI)", trainer::read_klue_nli, "klue_nli.train.tsv", nullptr},
    {"kobest_copa", "causes (KoBEST COPA)", trainer::read_kobest_copa, "kobest_COPA_train.tsv",
     "kobest_COPA_dev.tsv"},
};
constexpr const char* k_completion_file = "sae4k.train.tsv";

// Reads files of a folder, and notes which are missing.
class Folder {
  public:
    Folder(fs::path path, std::vector<std::string>& missing) : path_(std::move(path)), missing_(missing) {}

    /// What `parse` makes of the file's content; empty if there is no such file.
    template <class T>
    Result<std::vector<T>> read(const std::string& name, Result<std::vector<T>> (*parse)(std::string_view)) {
        const auto content = read_file(path_ / name, k_max_set_bytes);
        if (!content && content.error().code == ErrorCode::not_found) {
            missing_.push_back(name);
            return std::vector<T>();
        }
        if (!content) return content.error();
        auto parsed = parse(*content);
        if (!parsed) return with_context(parsed.error(), (path_ / name).string());
        any_ = true;
        return parsed;
    }
    bool any() const { return any_; }

  private:
    fs::path path_;
    std::vector<std::string>& missing_;
    bool any_ = false;
};

// What is held out goes to `asked`, the rest to `training`.
template <class T>
void split(std::vector<T> all, std::vector<T>& training, std::vector<T>& asked) {
    for (T& item : all)
        (trainer::is_held_out(item.group, k_held_out_one_in) ? asked : training).push_back(std::move(item));
}

}  // namespace

Result<KoreanData> read_korean_data(const fs::path& folder) {
    KoreanData data;
    Folder files(folder, data.missing);
    for (const char* name : k_plain_texts) {
        DURE_TRY(std::vector<std::string> lines, files.read(name, trainer::read_lines));
        for (std::string& line : lines) {
            auto& where =
                trainer::is_held_out(line, k_held_out_one_in) ? data.asked_lines : data.training_lines;
            where.push_back(std::move(line));
        }
    }
    for (const ChoiceFiles& set : k_choice_files) {
        ChoiceSet found{set.name, set.task, {}, {}};
        DURE_TRY(std::vector<MultipleChoice> training, files.read(set.training, set.read));
        if (set.asked == nullptr) {
            split(std::move(training), found.training, found.asked);
        } else {
            found.training = std::move(training);
            DURE_TRY(found.asked, files.read(set.asked, set.read));
        }
        data.choices.push_back(std::move(found));
    }
    DURE_TRY(std::vector<Completion> completions, files.read(k_completion_file, trainer::read_sae4k));
    split(std::move(completions), data.training_completions, data.asked_completions);
    if (!files.any()) {
        return Error{ErrorCode::not_found, "none of the sets that docs/evaluation.md names is in " +
                                               folder.string() + "; say with --data where they are"};
    }
    return data;
}

}  // namespace dure::tools
