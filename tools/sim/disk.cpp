#include "tools/sim/disk.h"

#include <algorithm>

namespace dure::sim {

namespace {

constexpr std::size_t k_sector_bytes = 512;

bool is_at_or_in(const std::string& name, const std::filesystem::path& path) {
    return name == path.string() || name.starts_with(path.string() + "/");
}

}  // namespace

class Disk::Handle final : public node::FileHandle {
  public:
    Handle(Disk& disk, std::shared_ptr<Contents> contents) : disk_(disk), contents_(std::move(contents)) {}

    Result<std::uint64_t> size(const std::filesystem::path&) const override { return contents_->now.size(); }

    Result<Bytes> read(const std::filesystem::path& path, std::uint64_t offset,
                       std::size_t count) const override {
        Bytes& bytes = contents_->now;
        if (offset > bytes.size() || count > bytes.size() - offset)
            return Error{ErrorCode::io,
                         path.string() + " ends before byte " + std::to_string(offset + count)};
        const DiskFaults& faults = disk_.faults_;
        if (count > 0 && !disk_.calm_ && faults.rot > 0 && disk_.world_.chance.happens(faults.rot)) {
            disk_.world_.count(Fault::bit_rot);
            disk_.damaged_ = true;
            const std::uint64_t at = offset + disk_.world_.chance.below(count);
            bytes[at] ^= static_cast<std::uint8_t>(1U << disk_.world_.chance.below(8));
            if (at < contents_->durable.size()) contents_->durable[at] = bytes[at];
        }
        const auto first = bytes.begin() + static_cast<std::ptrdiff_t>(offset);
        return Bytes(first, first + static_cast<std::ptrdiff_t>(count));
    }

    Status write(const std::filesystem::path& path, std::uint64_t offset, ByteView bytes) override {
        DURE_CHECK(disk_.risk_error(path, "cannot write"));
        World& world = disk_.world_;
        if (disk_.full_ && offset + bytes.size() > contents_->now.size()) {
            // A part still finds room.
            change({false, offset, to_bytes(bytes.first(world.chance.below(bytes.size() + 1)))});
            return Error{ErrorCode::io, "cannot write " + path.string() + ": no space left on device"};
        }
        if (!disk_.calm_ && disk_.faults_.misdirect > 0 && world.chance.happens(disk_.faults_.misdirect)) {
            world.count(Fault::misdirected_write);
            disk_.damaged_ = true;
            change({false, offset, Bytes(bytes.size())});
            offset = world.chance.below(offset + 1);
        }
        change({false, offset, to_bytes(bytes)});
        disk_.risk_power();
        return {};
    }

    Status truncate(const std::filesystem::path&, std::uint64_t size) override {
        change({true, size, {}});
        disk_.risk_power();
        return {};
    }

    Status sync(const std::filesystem::path& path) override {
        disk_.risk_power();
        DURE_CHECK(disk_.risk_error(path, "cannot make durable"));
        World& world = disk_.world_;
        disk_.time_ += world.chance.between(Duration{0}, disk_.faults_.sync_max);
        if (!disk_.calm_ && disk_.faults_.slow > 0 && world.chance.happens(disk_.faults_.slow)) {
            world.count(Fault::slow_disk);
            disk_.time_ += world.chance.between(Duration{100}, Duration{2000});
        }
        const bool forgets = disk_.faults_.forgets_syncs &&
                             path.string().find(disk_.faults_.forgets_only) != std::string::npos;
        if (!forgets) disk_.settle(*contents_);
        disk_.risk_power();
        return {};
    }

    /// With what makes it durable: before the power can go it is all one step.
    Status rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
        disk_.risk_power();
        disk_.names_.erase(from.string());
        disk_.names_[to.string()] = contents_;
        disk_.durable_names_.erase(from.string());
        disk_.durable_names_[to.string()] = contents_;
        disk_.risk_power();
        return {};
    }

    Status lock(const std::filesystem::path&) override { return {}; }

  private:
    void change(Change change) {
        Disk::apply(change, contents_->now);
        contents_->loose.push_back(std::move(change));
    }

    Disk& disk_;
    std::shared_ptr<Contents> contents_;
};

Result<node::File> Disk::open(const std::filesystem::path& path, node::File::Mode mode) {
    std::shared_ptr<Contents>& contents = names_[path.string()];
    if (contents && mode == node::File::Mode::create_new)
        return Error{ErrorCode::duplicate, path.string() + " exists"};
    if (!contents && mode == node::File::Mode::existing) {
        names_.erase(path.string());
        return Error{ErrorCode::not_found, path.string() + " does not exist"};
    }
    if (!contents) contents = std::make_shared<Contents>();
    return node::File(path, std::make_unique<Handle>(*this, contents));
}

bool Disk::exists(const std::filesystem::path& path) const {
    return std::ranges::any_of(names_, [&](const auto& file) { return is_at_or_in(file.first, path); });
}

Result<std::vector<std::string>> Disk::list(const std::filesystem::path& directory) const {
    std::vector<std::string> names;
    for (const auto& [name, contents] : names_) {
        const std::filesystem::path path = name;
        if (path.parent_path() == directory) names.push_back(path.filename().string());
    }
    return names;
}

/// With what makes it durable, as a rename.
Status Disk::erase(const std::filesystem::path& path) {
    risk_power();
    names_.erase(path.string());
    durable_names_.erase(path.string());
    risk_power();
    return {};
}

Bytes Disk::salt(std::size_t count) {
    Bytes bytes(count);
    for (std::uint8_t& byte : bytes)
        byte = static_cast<std::uint8_t>(world_.chance.below(256));
    return bytes;
}

void Disk::remove(const std::filesystem::path& path) {
    const auto concerned = [&](const auto& file) { return is_at_or_in(file.first, path); };
    std::erase_if(names_, concerned);
    std::erase_if(durable_names_, concerned);
}

Duration Disk::take_time() {
    return std::exchange(time_, Duration{0});
}

void Disk::apply(const Change& change, Bytes& bytes) {
    if (change.cut) return bytes.resize(change.offset);
    const std::size_t end = change.offset + change.bytes.size();
    if (bytes.size() < end) bytes.resize(end);
    std::ranges::copy(change.bytes, bytes.begin() + static_cast<std::ptrdiff_t>(change.offset));
}

void Disk::settle(Contents& contents) {
    for (const Change& change : contents.loose)
        apply(change, contents.durable);
    contents.loose.clear();
}

void Disk::cut_power() {
    // A file may have two names here; each is torn once.
    std::vector<Contents*> files;
    for (const auto& [name, contents] : names_)
        files.push_back(contents.get());
    for (const auto& [name, contents] : durable_names_) {
        if (std::ranges::find(files, contents.get()) == files.end()) files.push_back(contents.get());
    }
    for (Contents* file : files) {
        std::uint64_t whole = file->loose.empty() ? 0 : world_.chance.below(file->loose.size() + 1);
        for (const Change& change : file->loose) {
            if (whole == 0) {
                tear(*file, change);
                break;
            }
            apply(change, file->durable);
            --whole;
        }
        file->loose.clear();
        file->now = file->durable;
    }
    names_ = durable_names_;
    time_ = {};
}

void Disk::tear(Contents& contents, const Change& change) {
    const std::uint64_t kind = change.cut ? 0 : world_.chance.below(3);
    if (kind == 0) return world_.count(Fault::lost_write);
    if (kind == 1) {
        world_.count(Fault::torn_write);
        Change part = change;
        part.bytes.resize(world_.chance.below(change.bytes.size() + 1));
        if (!part.bytes.empty() && world_.chance.one_in(4)) part.bytes.back() ^= 0x40;
        return apply(part, contents.durable);
    }
    world_.count(Fault::scattered_write);
    for (std::size_t at = 0; at < change.bytes.size();) {
        const std::size_t sector_end =
            (change.offset + at) / k_sector_bytes * k_sector_bytes + k_sector_bytes;
        const std::size_t end = std::min<std::size_t>(sector_end - change.offset, change.bytes.size());
        if (world_.chance.one_in(2)) {
            const auto first = change.bytes.begin() + static_cast<std::ptrdiff_t>(at);
            const auto last = change.bytes.begin() + static_cast<std::ptrdiff_t>(end);
            apply({false, change.offset + at, Bytes(first, last)}, contents.durable);
        }
        at = end;
    }
}

void Disk::risk_power() {
    if (calm_ || faults_.crash == 0 || !world_.chance.happens(faults_.crash)) return;
    world_.count(Fault::crash_in_write);
    throw PowerCut{};
}

Status Disk::risk_error(const std::filesystem::path& path, const char* what) {
    if (calm_ || faults_.error == 0 || !world_.chance.happens(faults_.error)) return {};
    world_.count(Fault::disk_error);
    return Error{ErrorCode::io, std::string(what) + " " + path.string() + ": input/output error"};
}

}  // namespace dure::sim
