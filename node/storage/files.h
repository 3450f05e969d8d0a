// The operating system's files, as far as storage needs them: owned descriptors, whole reads and writes, and
// what makes them durable. All errors are `io` and name the path.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace dure::node {

class File {
  public:
    enum class Mode : std::uint8_t { existing, create, create_new };

    /// For reading and writing. Errors: `not_found`, `duplicate` (create_new), `io`.
    static Result<File> open(const std::filesystem::path& path, Mode mode);
    File() = default;
    ~File();
    File(File&& other) noexcept;
    File& operator=(File&& other) noexcept;

    Result<std::uint64_t> size() const;
    /// Exactly so many bytes. Errors: `io`, also at the file's end.
    Result<Bytes> read(std::uint64_t offset, std::size_t count) const;
    Status write(std::uint64_t offset, ByteView bytes);
    Status truncate(std::uint64_t size);
    /// fdatasync: the bytes and the size they need are durable.
    Status sync();
    /// Renames durably, replacing what was there; the directory must be the same.
    Status rename(const std::filesystem::path& to);
    /// A lock on the whole file against other processes, held until it is closed. Errors: `conflict`.
    Status lock();
    const std::filesystem::path& path() const { return path_; }

  private:
    int descriptor_ = -1;
    std::filesystem::path path_;
};

/// Makes creations and renames in a directory durable.
Status sync_directory(const std::filesystem::path& directory);

/// Creates a directory with its parents, durably, for the owner alone (0700).
Status make_directory(const std::filesystem::path& directory);

/// A data directory in use by this process; others are refused while it lives.
class DirectoryLock {
  public:
    /// Creates the directory if need be. Errors: `conflict` if another process holds it, `io`.
    static Result<DirectoryLock> take(const std::filesystem::path& directory);

  private:
    File file_;
};

}  // namespace dure::node
