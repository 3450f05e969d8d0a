#include "tests/node/crash/faulty_files.h"

namespace dure::test {

namespace {

Status refusal(const std::filesystem::path& path, Mishap mishap) {
    const bool full = mishap == Mishap::disk_full;
    return Error{ErrorCode::io, "cannot write " + path.string() + ": " +
                                    (full ? "no space left on device" : "input/output error")};
}

}  // namespace

class FaultyFiles::Handle final : public node::FileHandle {
  public:
    Handle(node::File file, Mishaps& mishaps) : file_(std::move(file)), mishaps_(mishaps) {}

    Result<std::uint64_t> size(const std::filesystem::path&) const override { return file_.size(); }
    Result<Bytes> read(const std::filesystem::path&, std::uint64_t offset, std::size_t count) const override {
        return file_.read(offset, count);
    }
    Status write(const std::filesystem::path& path, std::uint64_t offset, ByteView bytes) override {
        const Mishap mishap = strike();
        if (mishap == Mishap::none) return file_.write(offset, bytes);
        DURE_CHECK(file_.write(offset, bytes.first(bytes.size() / 2)));
        return refusal(path, mishap);
    }
    Status truncate(const std::filesystem::path& path, std::uint64_t size) override {
        const Mishap mishap = strike();
        return mishap == Mishap::error ? refusal(path, mishap) : file_.truncate(size);
    }
    Status sync(const std::filesystem::path& path) override {
        const Mishap mishap = strike();
        return mishap == Mishap::none ? file_.sync() : refusal(path, mishap);
    }
    Status rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
        const Mishap mishap = strike();
        return mishap == Mishap::none ? file_.rename(to) : refusal(from, mishap);
    }
    Status lock(const std::filesystem::path&) override { return {}; }

  private:
    Mishap strike() {
        const Mishap mishap = mishaps_.strike();
        if (mishap == Mishap::power_cut) throw sim::PowerCut{};
        return mishap;
    }

    node::File file_;
    Mishaps& mishaps_;
};

Status FaultyFiles::erase(const std::filesystem::path& path) {
    const Mishap mishap = mishaps_.strike();
    if (mishap == Mishap::power_cut) throw sim::PowerCut{};
    return mishap == Mishap::error ? refusal(path, mishap) : disk_.erase(path);
}

Result<node::File> FaultyFiles::open(const std::filesystem::path& path, node::File::Mode mode) {
    DURE_TRY(node::File file, disk_.open(path, mode));
    return node::File(path, std::make_unique<Handle>(std::move(file), mishaps_));
}

}  // namespace dure::test
