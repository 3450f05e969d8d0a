#include "tools/dure/wallet.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>

namespace dure::tools {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t k_max_key_file_bytes = 16 * 1024;
constexpr std::size_t k_max_name_bytes = 64;

Error io_error(const std::string& what, const fs::path& file) {
    return {ErrorCode::io, "cannot " + what + " " + file.string() + ": " + std::strerror(errno)};
}

bool is_plain_name(const std::string& name) {
    return !name.empty() && name.size() <= k_max_name_bytes && name.front() != '-' &&
           std::all_of(name.begin(), name.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '_';
           });
}

std::string first_line(const std::string& text) {
    std::string line = text.substr(0, text.find('\n'));
    if (!line.empty() && line.back() == '\r') line.pop_back();
    return line;
}

/// Reads a line from the terminal with its echo off; puts the terminal back whatever happens.
Result<std::string> ask_on_terminal(const std::string& prompt) {
    const int terminal = ::open("/dev/tty", O_RDWR | O_CLOEXEC);
    if (terminal < 0) {
        return Error{ErrorCode::unauthorized,
                     "this key needs its password and there is no terminal to ask on: set DURE_PASSWORD or "
                     "give --password-file FILE"};
    }
    termios before{};
    ::tcgetattr(terminal, &before);
    termios silent = before;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(terminal, TCSAFLUSH, &silent);
    [[maybe_unused]] auto written = ::write(terminal, prompt.data(), prompt.size());
    std::string line;
    char letter = 0;
    while (::read(terminal, &letter, 1) == 1 && letter != '\n')
        line += letter;
    ::tcsetattr(terminal, TCSAFLUSH, &before);
    written = ::write(terminal, "\n", 1);
    ::close(terminal);
    return line;
}

}  // namespace

PasswordSource password_source(const SharedOptions& options) {
    return [file = options.password_file](const std::string& what_for) -> Result<std::string> {
        if (!file.empty()) {
            DURE_TRY(const std::string text, read_file(file, k_max_key_file_bytes));
            return first_line(text);
        }
        if (const char* set = std::getenv("DURE_PASSWORD"); set != nullptr) return std::string(set);
        return ask_on_terminal("Password for " + what_for + ": ");
    };
}

Result<std::vector<Wallet::Entry>> Wallet::list() const {
    std::vector<Entry> entries;
    std::error_code error;
    if (!fs::exists(folder_, error)) return entries;
    std::string default_name;
    if (auto text = read_file(folder_ / "default", k_max_key_file_bytes)) default_name = first_line(*text);
    for (fs::directory_iterator it(folder_, error), end; !error && it != end; it.increment(error)) {
        if (it->path().extension() != ".key") continue;
        DURE_TRY(const std::string text, read_file(it->path(), k_max_key_file_bytes));
        auto key = key_file_from_text(text);
        if (!key) return with_context(key.error(), it->path().string());
        const std::string name = it->path().stem().string();
        entries.push_back({name, key->account, key->needs_password(), name == default_name});
    }
    if (error)
        return Error{ErrorCode::io, "cannot read the wallet " + folder_.string() + ": " + error.message()};
    std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.name < b.name; });
    return entries;
}

Result<Wallet::Entry> Wallet::find(const std::string& name) const {
    DURE_TRY(const std::vector<Entry> entries, list());
    std::string names;
    for (const Entry& entry : entries) {
        if (name.empty() ? entry.is_default : entry.name == name) return entry;
        names += (names.empty() ? "" : ", ") + entry.name;
    }
    if (entries.empty()) {
        return Error{ErrorCode::not_found,
                     "the wallet " + folder_.string() + " has no key yet; make one with: dure keys new"};
    }
    if (name.empty()) {
        return Error{ErrorCode::not_found, "the wallet " + folder_.string() +
                                               " has no default key; choose one of " + names +
                                               " with: dure keys default NAME"};
    }
    return Error{ErrorCode::not_found,
                 "the wallet " + folder_.string() + " has no key named \"" + name + "\"; it has " + names};
}

Result<SecretKey> Wallet::unlock(const std::string& name, const PasswordSource& password) const {
    DURE_TRY(const Entry entry, find(name));
    DURE_TRY(const std::string text, read_file(file_of(entry.name), k_max_key_file_bytes));
    DURE_TRY(const KeyFile key, key_file_from_text(text));
    std::string secret;
    if (key.needs_password()) {
        DURE_TRY(secret, password("key \"" + entry.name + "\""));
    }
    auto unlocked = unlock_key(key, secret);
    if (!unlocked) return with_context(unlocked.error(), "key \"" + entry.name + "\"");
    return unlocked;
}

Status Wallet::add(const std::string& name, const KeyFile& key) {
    if (!is_plain_name(name)) {
        return Error{ErrorCode::malformed,
                     "\"" + name + "\" cannot name a key: use up to 64 letters, digits, - and _"};
    }
    std::error_code error;
    fs::create_directories(folder_, error);
    if (error)
        return Error{ErrorCode::io,
                     "cannot make the wallet folder " + folder_.string() + ": " + error.message()};
    ::chmod(folder_.c_str(), 0700);
    DURE_CHECK(write_private_file(file_of(name), key_file_to_text(key)));
    if (!fs::exists(folder_ / "default", error)) return set_default(name);
    return {};
}

Status Wallet::set_default(const std::string& name) {
    DURE_CHECK(find(name));
    return replace_private_file(folder_ / "default", name + "\n");
}

Result<Account> account_from(const Wallet& wallet, const std::string& text) {
    if (text.rfind("dure1", 0) == 0) return Account::from_address(text);
    auto entry = wallet.find(text);
    if (entry) return entry->account;
    if (entry.error().code != ErrorCode::not_found) return entry.error();
    return Error{ErrorCode::not_found, "\"" + text +
                                           "\" is neither an address (dure1…) nor a key of the wallet " +
                                           wallet.folder().string() + " (dure keys list shows those)"};
}

Status write_private_file(const fs::path& file, std::string_view text) {
    const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        if (errno == EEXIST)
            return Error{ErrorCode::duplicate, file.string() + " exists already; it is not overwritten"};
        return io_error("write", file);
    }
    std::string_view rest = text;
    while (!rest.empty()) {
        const ssize_t count = ::write(descriptor, rest.data(), rest.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) {
            const Error error = io_error("write", file);
            ::close(descriptor);
            ::unlink(file.c_str());
            return error;
        }
        rest.remove_prefix(static_cast<std::size_t>(count));
    }
    const bool durable = ::fsync(descriptor) == 0;
    ::close(descriptor);
    if (!durable) return io_error("write", file);
    return {};
}

Status replace_private_file(const fs::path& file, std::string_view text) {
    fs::path fresh = file;
    fresh += ".new";
    std::error_code error;
    fs::create_directories(file.parent_path(), error);
    fs::remove(fresh, error);
    DURE_CHECK(write_private_file(fresh, text));
    fs::rename(fresh, file, error);
    if (error) return Error{ErrorCode::io, "cannot write " + file.string() + ": " + error.message()};
    return {};
}

Result<std::string> read_file(const fs::path& file, std::size_t max_bytes) {
    std::error_code error;
    const auto status = fs::status(file, error);
    if (!fs::exists(status)) return Error{ErrorCode::not_found, "there is no file " + file.string()};
    if (fs::is_directory(status)) return Error{ErrorCode::io, file.string() + " is a folder, not a file"};
    std::ifstream stream(file, std::ios::binary);
    if (!stream) return io_error("read", file);
    std::string text;
    std::array<char, 65536> buffer{};
    while (stream.read(buffer.data(), buffer.size()) || stream.gcount() > 0) {
        text.append(buffer.data(), static_cast<std::size_t>(stream.gcount()));
        if (text.size() > max_bytes) {
            return Error{ErrorCode::out_of_range, file.string() + " is larger than the " +
                                                      std::to_string(max_bytes) + " bytes allowed here"};
        }
    }
    if (stream.bad()) return io_error("read", file);
    return text;
}

}  // namespace dure::tools
