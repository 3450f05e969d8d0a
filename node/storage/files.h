// Files, as far as storage needs them: owned handles, whole reads and writes, and what makes them durable. All
// errors are `io` and name the path.
//
// Storage is handed the disk that its files lie on (`Files`): the operating system's, or a simulated one that
// tears, loses and corrupts.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace dure::node {

/// What a disk does for one open file. `path` is the file's own, for messages.
class FileHandle {
  public:
    virtual ~FileHandle() = default;
    virtual Result<std::uint64_t> size(const std::filesystem::path& path) const = 0;
    virtual Result<Bytes> read(const std::filesystem::path& path, std::uint64_t offset,
                               std::size_t count) const = 0;
    virtual Status write(const std::filesystem::path& path, std::uint64_t offset, ByteView bytes) = 0;
    virtual Status truncate(const std::filesystem::path& path, std::uint64_t size) = 0;
    virtual Status sync(const std::filesystem::path& path) = 0;
    virtual Status rename(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
    virtual Status lock(const std::filesystem::path& path) = 0;
};

class File {
  public:
    enum class Mode : std::uint8_t { existing, create, create_new };

    /// For reading and writing, by the operating system. Errors: `not_found`, `duplicate` (create_new), `io`.
    static Result<File> open(const std::filesystem::path& path, Mode mode);
    File() = default;
    File(std::filesystem::path path, std::unique_ptr<FileHandle> handle);

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
    std::filesystem::path path_;
    std::unique_ptr<FileHandle> handle_;
};

/// A disk.
class Files {
  public:
    virtual ~Files() = default;
    /// For reading and writing. Errors: `not_found`, `duplicate` (create_new), `io`.
    virtual Result<File> open(const std::filesystem::path& path, File::Mode mode) = 0;
    virtual bool exists(const std::filesystem::path& path) const = 0;
    /// Creates a directory with its parents, durably, if it is not there.
    virtual Status make_directory(const std::filesystem::path& path) = 0;
    /// The names of the files in a directory, ascending.
    virtual Result<std::vector<std::string>> list(const std::filesystem::path& directory) const = 0;
    /// Deletes a file, durably; its space is free again.
    virtual Status erase(const std::filesystem::path& path) = 0;
    /// Bytes that nobody can foretell, which tell files of the same name apart.
    virtual Bytes salt(std::size_t count) = 0;

    /// The operating system's.
    static Files& of_system();
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
