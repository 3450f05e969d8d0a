// A file system for RocksDB with mishaps at chosen operations, over real files. It keeps what real disks promise and
// nothing more: bytes are durable once their file was synced, names (of new, renamed and deleted files) once their
// directory was. After a power cut every operation fails, until `restore_power` has taken away what was not durable:
// of each file's loose end some bytes, of the last changes of names some, chosen by a seed.
#pragma once

#include <rocksdb/file_system.h>

#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tests/node/crash/mishaps.h"

namespace dure::test {

class FaultyFileSystem final : public rocksdb::FileSystemWrapper {
  public:
    using Slice = rocksdb::Slice;
    using IOStatus = rocksdb::IOStatus;
    using IOOptions = rocksdb::IOOptions;
    using FileOptions = rocksdb::FileOptions;
    using Debug = rocksdb::IODebugContext*;

    /// With `scrambles`, what is left of a loose end may be other than what was written.
    FaultyFileSystem(Mishaps& mishaps, std::uint64_t seed, bool scrambles)
        : FileSystemWrapper(rocksdb::FileSystem::Default()),
          mishaps_(mishaps),
          scrambles_(scrambles),
          chance_(seed) {}
    const char* Name() const override { return "FaultyFileSystem"; }

    /// To be called with no database open.
    void restore_power();

    IOStatus NewWritableFile(const std::string& name, const FileOptions& options,
                             std::unique_ptr<rocksdb::FSWritableFile>* result, Debug debug) override;
    IOStatus ReopenWritableFile(const std::string& name, const FileOptions& options,
                                std::unique_ptr<rocksdb::FSWritableFile>* result, Debug debug) override;
    IOStatus ReuseWritableFile(const std::string& name, const std::string& old, const FileOptions& options,
                               std::unique_ptr<rocksdb::FSWritableFile>* result, Debug debug) override;
    IOStatus NewDirectory(const std::string& name, const IOOptions& options,
                          std::unique_ptr<rocksdb::FSDirectory>* result, Debug debug) override;
    IOStatus DeleteFile(const std::string& name, const IOOptions& options, Debug debug) override;
    IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                        Debug debug) override;
    IOStatus LinkFile(const std::string& from, const std::string& to, const IOOptions& options,
                      Debug debug) override;

  private:
    class LooseFile;
    class LooseDirectory;
    /// How to take back a change of names: under each path stands what was there before, or nothing.
    struct NameChange {
        std::string directory;
        std::vector<std::pair<std::string, std::optional<std::string>>> before;
    };
    IOStatus strike();
    IOStatus adopt(const std::string& name, std::uint64_t size,
                   std::unique_ptr<rocksdb::FSWritableFile>* file);
    void will_change(std::initializer_list<std::string> names);

    Mishaps& mishaps_;
    const bool scrambles_;
    std::mutex mutex_;
    std::mt19937_64 chance_;
    std::map<std::string, std::uint64_t> synced_;  ///< bytes, of files that were opened for writing
    std::vector<NameChange> loose_names_;          ///< in order
};

}  // namespace dure::test
