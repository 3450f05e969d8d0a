#include "node/roles/notebook.h"

#include <fstream>
#include <iterator>
#include <vector>

namespace dure::node {

namespace fs = std::filesystem;

namespace {

constexpr std::uintmax_t k_max_note_bytes = std::uintmax_t{4} << 20;
constexpr const char* k_unfinished = ".part";

/// "7-unit-2" is note "unit-2" of round 7.
std::optional<std::pair<std::uint64_t, std::string>> parse_name(const std::string& file) {
    const std::size_t dash = file.find('-');
    if (dash == 0 || dash == std::string::npos || dash > 19) return std::nullopt;
    std::uint64_t round = 0;
    for (const char digit : file.substr(0, dash)) {
        if (digit < '0' || digit > '9') return std::nullopt;
        round = round * 10 + static_cast<std::uint64_t>(digit - '0');
    }
    return std::pair(round, file.substr(dash + 1));
}

}  // namespace

Result<Notebook> Notebook::open(const fs::path& folder) {
    Notebook notebook;
    notebook.folder_ = folder;
    std::error_code failure;
    fs::create_directories(folder, failure);
    if (failure) return Error{ErrorCode::io, "cannot make " + folder.string() + ": " + failure.message()};
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, failure)) {
        const auto name = parse_name(entry.path().filename().string());
        if (!name || !entry.is_regular_file(failure) || entry.file_size(failure) > k_max_note_bytes ||
            entry.path().extension() == k_unfinished)
            continue;
        std::ifstream in(entry.path(), std::ios::binary);
        notebook.notes_[*name] = Bytes(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    }
    if (failure) return Error{ErrorCode::io, "cannot read " + folder.string() + ": " + failure.message()};
    return notebook;
}

void Notebook::forget_before(protocol::Round round) {
    while (!notes_.empty() && notes_.begin()->first.first < round.value) {
        const auto& [number, name] = notes_.begin()->first;
        std::error_code ignored;
        if (!folder_.empty()) fs::remove(path_of(number, name), ignored);
        notes_.erase(notes_.begin());
    }
}

void Notebook::write_bytes(protocol::Round round, const std::string& name, Bytes bytes) {
    if (!folder_.empty()) {
        // A note that cannot be written is only missing after a restart.
        const fs::path path = path_of(round.value, name);
        const fs::path part = path.string() + k_unfinished;
        std::ofstream out(part, std::ios::binary | std::ios::trunc);
        out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
        out.close();
        std::error_code ignored;
        if (out) fs::rename(part, path, ignored);
    }
    notes_[{round.value, name}] = std::move(bytes);
}

fs::path Notebook::path_of(std::uint64_t round, const std::string& name) const {
    return folder_ / (std::to_string(round) + "-" + name);
}

}  // namespace dure::node
