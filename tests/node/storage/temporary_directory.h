// A directory of its own for a test, gone when it ends. In memory where the system has a place for that: what
// these tests ask of a disk is what comes back, not how long it takes.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/keys.h"

namespace dure::test {

class TemporaryDirectory {
  public:
    TemporaryDirectory() : path_(place() / ("dure-test-" + to_hex(random_bytes(8)))) {
        std::filesystem::create_directories(path_);
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    ~TemporaryDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    const std::filesystem::path& path() const { return path_; }

  private:
    static std::filesystem::path place() {
        const std::filesystem::path memory = "/dev/shm";
        std::error_code error;
        const auto room = std::filesystem::space(memory, error);
        constexpr std::uintmax_t k_enough_bytes = std::uintmax_t{256} << 20;
        return !error && room.available >= k_enough_bytes ? memory : std::filesystem::temp_directory_path();
    }

    std::filesystem::path path_;
};

inline Bytes read_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_file(const std::filesystem::path& path, ByteView bytes) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    const std::string_view text = as_text(bytes);
    file.write(text.data(), static_cast<std::streamsize>(text.size()));
}

inline Hash hash_of(std::string_view text) {
    return sha256(as_bytes(text));
}

}  // namespace dure::test
