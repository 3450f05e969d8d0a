#include "tools/dure/devnet/text.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "tools/dure/wallet.h"
#include "trainer/text/normalize.h"

namespace dure::tools {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t k_held_out_every = 40;
constexpr std::size_t k_min_text_bytes = 50'000;
constexpr std::size_t k_max_source_bytes = std::size_t{256} << 20;
constexpr const char* k_hold_out_name = "hold-out.txt";

/// Calls f(line) for each line, its line feed included; stops when it returns false.
template <class F>
void each_line(std::string_view text, F&& f) {
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        const std::size_t size = end == std::string_view::npos ? text.size() : end + 1;
        if (!f(text.substr(0, size))) return;
        text.remove_prefix(size);
    }
}

Result<std::string> read_text(const fs::path& file) {
    DURE_TRY(const std::string raw, read_file(file, k_max_source_bytes));
    auto text = trainer::normalize_text(raw);
    if (!text) return with_context(text.error(), file.string());
    return text;
}

}  // namespace

Result<DevnetText> read_devnet_text(const fs::path& folder) {
    std::error_code error;
    if (!fs::is_directory(folder, error)) {
        return Error{ErrorCode::not_found,
                     "there is no folder " + folder.string() +
                         "; tools/fetch_text makes one with Korean text, or name another with --text"};
    }
    std::vector<fs::path> files;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
        const auto extension = it->path().extension();
        if ((extension == ".txt" || extension == ".tsv") && it->path().filename() != k_hold_out_name)
            files.push_back(it->path());
    }
    if (error)
        return Error{ErrorCode::io, "cannot read the folder " + folder.string() + ": " + error.message()};
    if (files.empty()) {
        return Error{
            ErrorCode::not_found,
            folder.string() + " has no .txt or .tsv file; tools/fetch_text makes a folder with Korean text"};
    }
    std::sort(files.begin(), files.end());
    if (files.size() > k_max_contributors) files.resize(k_max_contributors);

    DevnetText result;
    const bool has_hold_out = fs::exists(folder / k_hold_out_name, error);
    if (has_hold_out) {
        DURE_TRY(result.held_out, read_text(folder / k_hold_out_name));
    }
    const std::size_t share = k_max_devnet_text_bytes / files.size();
    std::vector<std::string> texts;
    std::size_t number = 0;
    for (const fs::path& file : files) {
        DURE_TRY(const std::string all, read_text(file));
        std::string kept;
        each_line(all, [&](std::string_view line) {
            if (kept.size() + line.size() > share) return false;
            const bool hold = !has_hold_out && ++number % k_held_out_every == 0 &&
                              result.held_out.size() < k_max_held_out_bytes;
            (hold ? result.held_out : kept).append(line);
            return true;
        });
        result.left_out_bytes += all.size() > share ? all.size() - share : 0;
        texts.push_back(std::move(kept));
    }
    if (result.held_out.size() > k_max_held_out_bytes)
        result.held_out = cut_text(result.held_out, k_max_held_out_bytes).front();

    std::set<std::string_view> held;
    each_line(result.held_out, [&](std::string_view line) { return held.insert(line), true; });
    std::size_t total = 0;
    for (std::size_t i = 0; i < files.size(); ++i) {
        std::string text;
        each_line(texts[i], [&](std::string_view line) {
            if (held.count(line) == 0) text.append(line);
            return true;
        });
        total += text.size();
        if (!text.empty()) result.contributors.push_back({files[i].filename().string(), std::move(text)});
    }
    if (total < k_min_text_bytes || result.held_out.size() < k_min_text_bytes / k_held_out_every) {
        return Error{ErrorCode::insufficient,
                     folder.string() + " holds " + std::to_string(total) + " bytes of text and " +
                         std::to_string(result.held_out.size()) + " to hold out; a devnet needs at least " +
                         std::to_string(k_min_text_bytes) + " and " +
                         std::to_string(k_min_text_bytes / k_held_out_every)};
    }
    return result;
}

std::vector<std::string> cut_text(const std::string& text, std::size_t bytes) {
    std::vector<std::string> pieces;
    each_line(text, [&](std::string_view line) {
        if (pieces.empty() || pieces.back().size() + line.size() > bytes) pieces.emplace_back();
        pieces.back().append(line);
        return true;
    });
    return pieces;
}

}  // namespace dure::tools
