// A folder for a benchmark's files: on the disk that the program was started on, and gone with it.
#pragma once

#include <filesystem>
#include <string>

namespace dure::bench {

class Folder {
  public:
    explicit Folder(const std::string& name)
        : path_(std::filesystem::current_path() / "build" / ("bench-" + name)) {
        std::filesystem::remove_all(path_);
        std::filesystem::create_directories(path_);
    }
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

}  // namespace dure::bench
