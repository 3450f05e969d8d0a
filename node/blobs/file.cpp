#include "node/blobs/file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace dure::node {

namespace {

class Descriptor {
  public:
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int number() const { return number_; }

  private:
    int number_;
};

Error io_error(const char* what, const std::filesystem::path& path) {
    const int reason = errno;
    return {reason == ENOENT ? ErrorCode::not_found : ErrorCode::io,
            std::string("cannot ") + what + " " + path.string() + ": " + std::generic_category().message(reason)};
}

}  // namespace

Status write_file_durably(const std::filesystem::path& path, const std::filesystem::path& temporary, ByteView bytes) {
    {
        const Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
        if (file.number() < 0) return io_error("create", temporary);
        std::size_t written = 0;
        while (written < bytes.size()) {
            const ssize_t count = ::write(file.number(), bytes.data() + written, bytes.size() - written);
            if (count < 0) {
                if (errno == EINTR) continue;
                const Error error = io_error("write", temporary);
                ::unlink(temporary.c_str());
                return error;
            }
            written += static_cast<std::size_t>(count);
        }
        if (::fsync(file.number()) != 0) return io_error("sync", temporary);
    }
    if (::rename(temporary.c_str(), path.c_str()) != 0) return io_error("rename to", path);
    return sync_folder(path.parent_path());
}

Result<Bytes> read_file(const std::filesystem::path& path, std::uint64_t offset, std::uint64_t bytes) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.number() < 0) return io_error("open", path);
    Bytes result(bytes);
    std::size_t done = 0;
    while (done < result.size()) {
        const ssize_t count = ::pread(file.number(), result.data() + done, result.size() - done, static_cast<off_t>(offset + done));
        if (count < 0) {
            if (errno == EINTR) continue;
            return io_error("read", path);
        }
        if (count == 0) return Error{ErrorCode::corrupt, path.string() + " ends early: it was cut off or damaged"};
        done += static_cast<std::size_t>(count);
    }
    return result;
}

Status sync_folder(const std::filesystem::path& folder) {
    const Descriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory.number() < 0) return io_error("open", folder);
    if (::fsync(directory.number()) != 0) return io_error("sync", folder);
    return {};
}

}  // namespace dure::node
