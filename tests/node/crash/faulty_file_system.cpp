#include "tests/node/crash/faulty_file_system.h"

#include <filesystem>
#include <fstream>
#include <iterator>

namespace dure::test {

namespace {

std::optional<std::string> contents_of(const std::string& name) {
    std::ifstream file(name, std::ios::binary);
    if (!file) return std::nullopt;
    return std::string{std::istreambuf_iterator<char>(file), {}};
}

std::string directory_of(const std::string& name) {
    return std::filesystem::path(name).parent_path().string();
}

}  // namespace

class FaultyFileSystem::LooseFile final : public rocksdb::FSWritableFileOwnerWrapper {
  public:
    LooseFile(FaultyFileSystem& system, std::string name, std::uint64_t size,
              std::unique_ptr<rocksdb::FSWritableFile> file)
        : FSWritableFileOwnerWrapper(std::move(file)), system_(system), name_(std::move(name)), size_(size) {}

    IOStatus Append(const Slice& data, const IOOptions& options, Debug debug) override {
        if (IOStatus status = system_.strike(); !status.ok()) {
            // A part of it still reaches the disk, or the system's memory.
            const Slice part(data.data(), data.size() / 2);
            if (target()->Append(part, options, debug).ok()) size_ += part.size();
            return status;
        }
        IOStatus status = target()->Append(data, options, debug);
        if (status.ok()) size_ += data.size();
        return status;
    }
    IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo&,
                    Debug debug) override {
        return Append(data, options, debug);
    }
    IOStatus Truncate(std::uint64_t size, const IOOptions& options, Debug debug) override {
        if (IOStatus status = system_.strike(); !status.ok()) return status;
        size_ = size;
        return target()->Truncate(size, options, debug);
    }
    IOStatus Sync(const IOOptions&, Debug) override {
        if (IOStatus status = system_.strike(); !status.ok()) return status;
        const std::lock_guard lock(system_.mutex_);
        system_.synced_[name_] = size_;
        return IOStatus::OK();
    }
    IOStatus Fsync(const IOOptions& options, Debug debug) override { return Sync(options, debug); }
    IOStatus RangeSync(std::uint64_t, std::uint64_t, const IOOptions&, Debug) override {
        return IOStatus::OK();
    }

  private:
    FaultyFileSystem& system_;
    const std::string name_;
    std::uint64_t size_;
};

class FaultyFileSystem::LooseDirectory final : public rocksdb::FSDirectoryWrapper {
  public:
    LooseDirectory(FaultyFileSystem& system, std::string name, std::unique_ptr<rocksdb::FSDirectory> target)
        : FSDirectoryWrapper(std::move(target)), system_(system), name_(std::move(name)) {}

    IOStatus Fsync(const IOOptions&, Debug) override {
        if (IOStatus status = system_.strike(); !status.ok()) return status;
        const std::lock_guard lock(system_.mutex_);
        std::erase_if(system_.loose_names_, [&](const NameChange& one) { return one.directory == name_; });
        return IOStatus::OK();
    }
    IOStatus FsyncWithDirOptions(const IOOptions& options, Debug debug,
                                 const rocksdb::DirFsyncOptions&) override {
        return Fsync(options, debug);
    }

  private:
    FaultyFileSystem& system_;
    const std::string name_;
};

rocksdb::IOStatus FaultyFileSystem::strike() {
    switch (mishaps_.strike()) {
        case Mishap::none:
            return IOStatus::OK();
        case Mishap::power_cut:
            return IOStatus::IOError("the power is out");
        case Mishap::error:
            return IOStatus::IOError("input/output error");
        case Mishap::disk_full:
            return IOStatus::NoSpace("no space left on device");
    }
    return IOStatus::OK();
}

void FaultyFileSystem::will_change(std::initializer_list<std::string> names) {
    const std::lock_guard lock(mutex_);
    NameChange change{.directory = directory_of(*names.begin()), .before = {}};
    for (const std::string& name : names)
        change.before.emplace_back(name, contents_of(name));
    loose_names_.push_back(std::move(change));
}

rocksdb::IOStatus FaultyFileSystem::adopt(const std::string& name, std::uint64_t size,
                                          std::unique_ptr<rocksdb::FSWritableFile>* file) {
    const std::lock_guard lock(mutex_);
    synced_[name] = 0;
    *file = std::make_unique<LooseFile>(*this, name, size, std::move(*file));
    return IOStatus::OK();
}

rocksdb::IOStatus FaultyFileSystem::NewWritableFile(const std::string& name, const FileOptions& options,
                                                    std::unique_ptr<rocksdb::FSWritableFile>* result,
                                                    Debug debug) {
    if (IOStatus status = strike(); !status.ok()) return status;
    will_change({name});
    IOStatus status = target()->NewWritableFile(name, options, result, debug);
    return status.ok() ? adopt(name, 0, result) : status;
}

rocksdb::IOStatus FaultyFileSystem::ReopenWritableFile(const std::string& name, const FileOptions& options,
                                                       std::unique_ptr<rocksdb::FSWritableFile>* result,
                                                       Debug debug) {
    if (IOStatus status = strike(); !status.ok()) return status;
    will_change({name});
    IOStatus status = target()->ReopenWritableFile(name, options, result, debug);
    if (!status.ok()) return status;
    return adopt(name, std::filesystem::file_size(name), result);
}

/// RocksDB may do without; it then makes a new file.
rocksdb::IOStatus FaultyFileSystem::ReuseWritableFile(const std::string&, const std::string&,
                                                      const FileOptions&,
                                                      std::unique_ptr<rocksdb::FSWritableFile>*, Debug) {
    return IOStatus::NotSupported("files are not reused here");
}

rocksdb::IOStatus FaultyFileSystem::NewDirectory(const std::string& name, const IOOptions& options,
                                                 std::unique_ptr<rocksdb::FSDirectory>* result, Debug debug) {
    IOStatus status = target()->NewDirectory(name, options, result, debug);
    // Names are compared as their files' parents are spelt.
    if (status.ok())
        *result = std::make_unique<LooseDirectory>(*this, directory_of(name + "/x"), std::move(*result));
    return status;
}

rocksdb::IOStatus FaultyFileSystem::DeleteFile(const std::string& name, const IOOptions& options,
                                               Debug debug) {
    if (IOStatus status = strike(); !status.ok()) return status;
    will_change({name});
    return target()->DeleteFile(name, options, debug);
}

rocksdb::IOStatus FaultyFileSystem::RenameFile(const std::string& from, const std::string& to,
                                               const IOOptions& options, Debug debug) {
    if (IOStatus status = strike(); !status.ok()) return status;
    will_change({to, from});
    IOStatus status = target()->RenameFile(from, to, options, debug);
    const std::lock_guard lock(mutex_);
    if (const auto moved = synced_.extract(from); status.ok() && moved) synced_[to] = moved.mapped();
    return status;
}

rocksdb::IOStatus FaultyFileSystem::LinkFile(const std::string& from, const std::string& to,
                                             const IOOptions& options, Debug debug) {
    if (IOStatus status = strike(); !status.ok()) return status;
    will_change({to});
    return target()->LinkFile(from, to, options, debug);
}

void FaultyFileSystem::restore_power() {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, synced] : synced_) {
        std::error_code absent;
        const std::uint64_t size = std::filesystem::file_size(name, absent);
        if (absent || size <= synced) continue;
        // None of what is loose, all of it, or some.
        const std::uint64_t kept = chance_() % 3 == 0 ? 0 : chance_() % (size - synced + 1);
        std::filesystem::resize_file(name, synced + kept);
        if (scrambles_ && kept > 0 && chance_() % 4 == 0) {
            std::fstream file(name, std::ios::binary | std::ios::in | std::ios::out);
            file.seekp(static_cast<std::streamoff>(synced + chance_() % kept));
            file.put('\0');
        }
    }
    const std::size_t durable = loose_names_.empty() ? 0 : chance_() % (loose_names_.size() + 1);
    while (loose_names_.size() > durable) {
        for (const auto& [name, before] : loose_names_.back().before) {
            std::filesystem::remove(name);
            if (before) std::ofstream(name, std::ios::binary) << *before;
        }
        loose_names_.pop_back();
    }
    loose_names_.clear();
    synced_.clear();
}

}  // namespace dure::test
