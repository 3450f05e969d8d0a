#include "node/storage/files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/assert.h"

namespace dure::node {

namespace {

Error failure(const char* what, const std::filesystem::path& path) {
    return {ErrorCode::io, std::string(what) + " " + path.string() + ": " + std::strerror(errno)};
}

}  // namespace

Result<File> File::open(const std::filesystem::path& path, Mode mode) {
    int flags = O_RDWR | O_CLOEXEC;
    if (mode != Mode::existing) flags |= O_CREAT;
    if (mode == Mode::create_new) flags |= O_EXCL;
    File file;
    file.path_ = path;
    file.descriptor_ = ::open(path.c_str(), flags, 0600);
    if (file.descriptor_ < 0) {
        Error error = failure("cannot open", path);
        if (errno == ENOENT) error.code = ErrorCode::not_found;
        if (errno == EEXIST) error.code = ErrorCode::duplicate;
        return error;
    }
    return file;
}

File::~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

File::File(File&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), path_(std::move(other.path_)) {}

File& File::operator=(File&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    std::swap(path_, other.path_);
    return *this;
}

Result<std::uint64_t> File::size() const {
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0) return failure("cannot examine", path_);
    return static_cast<std::uint64_t>(status.st_size);
}

Result<Bytes> File::read(std::uint64_t offset, std::size_t count) const {
    Bytes bytes(count);
    std::size_t done = 0;
    while (done < count) {
        const ssize_t got =
            ::pread(descriptor_, bytes.data() + done, count - done, static_cast<off_t>(offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return failure("cannot read", path_);
        if (got == 0)
            return Error{ErrorCode::io,
                         path_.string() + " ends before byte " + std::to_string(offset + count)};
        done += static_cast<std::size_t>(got);
    }
    return bytes;
}

Status File::write(std::uint64_t offset, ByteView bytes) {
    std::size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t put = ::pwrite(descriptor_, bytes.data() + done, bytes.size() - done,
                                     static_cast<off_t>(offset + done));
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return failure("cannot write", path_);
        done += static_cast<std::size_t>(put);
    }
    return {};
}

Status File::truncate(std::uint64_t size) {
    if (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0) return failure("cannot cut", path_);
    return {};
}

Status File::sync() {
    if (::fdatasync(descriptor_) != 0) return failure("cannot make durable", path_);
    return {};
}

Status File::rename(const std::filesystem::path& to) {
    if (::rename(path_.c_str(), to.c_str()) != 0) return failure("cannot rename", path_);
    path_ = to;
    return sync_directory(to.parent_path().empty() ? std::filesystem::path(".") : to.parent_path());
}

Status File::lock() {
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return {};
    if (errno != EWOULDBLOCK) return failure("cannot lock", path_);
    return Error{
        ErrorCode::conflict,
        path_.string() + " is held by another process: is a node already running on this data directory?"};
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
