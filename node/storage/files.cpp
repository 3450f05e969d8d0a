#include "node/storage/files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/keys.h"

namespace dure::node {

namespace {

Error failure(const char* what, const std::filesystem::path& path) {
    return {ErrorCode::io, std::string(what) + " " + path.string() + ": " + std::strerror(errno)};
}

class SystemFile final : public FileHandle {
  public:
    explicit SystemFile(int descriptor) : descriptor_(descriptor) {}
    ~SystemFile() override { ::close(descriptor_); }
    SystemFile(const SystemFile&) = delete;
    SystemFile& operator=(const SystemFile&) = delete;

    Result<std::uint64_t> size(const std::filesystem::path& path) const override {
        struct stat status {};
        if (::fstat(descriptor_, &status) != 0) return failure("cannot examine", path);
        return static_cast<std::uint64_t>(status.st_size);
    }

    Result<Bytes> read(const std::filesystem::path& path, std::uint64_t offset,
                       std::size_t count) const override {
        Bytes bytes(count);
        std::size_t done = 0;
        while (done < count) {
            const ssize_t got =
                ::pread(descriptor_, bytes.data() + done, count - done, static_cast<off_t>(offset + done));
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) return failure("cannot read", path);
            if (got == 0)
                return Error{ErrorCode::io,
                             path.string() + " ends before byte " + std::to_string(offset + count)};
            done += static_cast<std::size_t>(got);
        }
        return bytes;
    }

    Status write(const std::filesystem::path& path, std::uint64_t offset, ByteView bytes) override {
        std::size_t done = 0;
        while (done < bytes.size()) {
            const ssize_t put = ::pwrite(descriptor_, bytes.data() + done, bytes.size() - done,
                                         static_cast<off_t>(offset + done));
            if (put < 0 && errno == EINTR) continue;
            if (put < 0) return failure("cannot write", path);
            done += static_cast<std::size_t>(put);
        }
        return {};
    }

    Status truncate(const std::filesystem::path& path, std::uint64_t size) override {
        if (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0) return failure("cannot cut", path);
        return {};
    }

    Status sync(const std::filesystem::path& path) override {
        if (::fdatasync(descriptor_) != 0) return failure("cannot make durable", path);
        return {};
    }

    Status rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
        if (::rename(from.c_str(), to.c_str()) != 0) return failure("cannot rename", from);
        return sync_directory(to.parent_path().empty() ? std::filesystem::path(".") : to.parent_path());
    }

    Status lock(const std::filesystem::path& path) override {
        if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return {};
        if (errno != EWOULDBLOCK) return failure("cannot lock", path);
        return Error{
            ErrorCode::conflict,
            path.string() + " is held by another process: is a node already running on this data directory?"};
    }

  private:
    int descriptor_;
};

class SystemFiles final : public Files {
  public:
    Result<File> open(const std::filesystem::path& path, File::Mode mode) override {
        int flags = O_RDWR | O_CLOEXEC;
        if (mode != File::Mode::existing) flags |= O_CREAT;
        if (mode == File::Mode::create_new) flags |= O_EXCL;
        const int descriptor = ::open(path.c_str(), flags, 0600);
        if (descriptor < 0) {
            Error error = failure("cannot open", path);
            if (errno == ENOENT) error.code = ErrorCode::not_found;
            if (errno == EEXIST) error.code = ErrorCode::duplicate;
            return error;
        }
        return File(path, std::make_unique<SystemFile>(descriptor));
    }
    bool exists(const std::filesystem::path& path) const override {
        std::error_code ignored;
        return std::filesystem::exists(path, ignored);
    }
    Status make_directory(const std::filesystem::path& path) override { return node::make_directory(path); }
    Result<std::vector<std::string>> list(const std::filesystem::path& directory) const override {
        std::vector<std::string> names;
        std::error_code error;
        for (const auto& entry : std::filesystem::directory_iterator(directory, error))
            names.push_back(entry.path().filename().string());
        if (error) return Error{ErrorCode::io, "cannot list " + directory.string() + ": " + error.message()};
        std::ranges::sort(names);
        return names;
    }
    Status erase(const std::filesystem::path& path) override {
        if (::unlink(path.c_str()) != 0) return failure("cannot delete", path);
        return sync_directory(path.parent_path());
    }
    Bytes salt(std::size_t count) override { return random_bytes(count); }
};

}  // namespace

Files& Files::of_system() {
    static SystemFiles files;
    return files;
}

File::File(std::filesystem::path path, std::unique_ptr<FileHandle> handle)
    : path_(std::move(path)), handle_(std::move(handle)) {}

Result<File> File::open(const std::filesystem::path& path, Mode mode) {
    return Files::of_system().open(path, mode);
}

Result<std::uint64_t> File::size() const {
    return handle_->size(path_);
}
Result<Bytes> File::read(std::uint64_t offset, std::size_t count) const {
    return handle_->read(path_, offset, count);
}
Status File::write(std::uint64_t offset, ByteView bytes) {
    return handle_->write(path_, offset, bytes);
}
Status File::truncate(std::uint64_t size) {
    return handle_->truncate(path_, size);
}
Status File::sync() {
    return handle_->sync(path_);
}
Status File::lock() {
    return handle_->lock(path_);
}

Status File::rename(const std::filesystem::path& to) {
    auto renamed = handle_->rename(path_, to);
    if (renamed) path_ = to;
    return renamed;
}

Status sync_directory(const std::filesystem::path& directory) {
    const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return failure("cannot open directory", directory);
    const bool synced = ::fsync(descriptor) == 0;
    const Error error = synced ? Error{} : failure("cannot make durable", directory);
    ::close(descriptor);
    if (!synced) return error;
    return {};
}

Status make_directory(const std::filesystem::path& directory) {
    std::error_code ignored;
    if (std::filesystem::is_directory(directory, ignored)) return {};
    const std::filesystem::path parent = directory.parent_path();
    if (!parent.empty()) DURE_CHECK(make_directory(parent));
    if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST)
        return failure("cannot create directory", directory);
    return sync_directory(parent.empty() ? std::filesystem::path(".") : parent);
}

Result<DirectoryLock> DirectoryLock::take(const std::filesystem::path& directory) {
    DURE_CHECK(make_directory(directory));
    DirectoryLock lock;
    DURE_TRY(lock.file_, File::open(directory / "LOCK", File::Mode::create));
    DURE_CHECK(lock.file_.lock());
    return lock;
}

}  // namespace dure::node
