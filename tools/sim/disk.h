// A simulated disk with the meaning that real ones have: what was written is there until the power goes; what was
// written and synced stays. At a power cut each unsynced write is kept, lost, torn at some byte or scattered (some of
// its sectors there, some not); names that were not made durable go. The power may be cut at any write, sync or
// rename, by an exception that nobody but the simulation catches.
//
// A worn disk besides rots and writes into wrong places. Any disk may be full or fail for a while.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "node/storage/files.h"
#include "tools/sim/world.h"

namespace dure::sim {

/// Thrown out of an operation on the disk; what used it must be thrown away, then `cut_power` says what is left.
struct PowerCut {};

struct DiskFaults {
    double crash = 0;               ///< of each operation that changes something
    double error = 0;               ///< likewise: it fails
    double rot = 0, misdirect = 0;  ///< of each read, each write; worn disks only
    double slow = 0;                ///< of each sync: takes up to 2 s
    Duration sync_max{6};           ///< usually
    bool forgets_syncs = false;     ///< planted: sync returns success and does nothing
    std::string forgets_only{};     ///< only of files with this in their name
};

class Disk final : public node::Files {
  public:
    Disk(World& world, DiskFaults faults) : world_(world), faults_(faults) {}

    Result<node::File> open(const std::filesystem::path& path, node::File::Mode mode) override;
    /// Of a directory: whether there is anything in it.
    bool exists(const std::filesystem::path& path) const override;
    Status make_directory(const std::filesystem::path&) override { return {}; }
    Result<std::vector<std::string>> list(const std::filesystem::path& directory) const override;
    Status erase(const std::filesystem::path& path) override;
    Bytes salt(std::size_t count) override;

    /// What the power leaves behind. Open files are void.
    void cut_power();
    /// Removes a file, or a directory with all that is in it, as a person does.
    void remove(const std::filesystem::path& path);
    /// While it is full, nothing grows.
    void set_full(bool full) { full_ = full; }
    /// No more faults; those that a person has to mend are mended.
    void set_calm(bool calm) { calm_ = calm; }
    /// How long the syncs since the last call took.
    Duration take_time();
    /// Something rotted or was written to a wrong place: what this disk says is no longer what was said to it.
    bool damaged() const { return damaged_; }

  private:
    class Handle;
    struct Change {
        bool cut = false;  ///< to the size `offset`; else a write at `offset`
        std::uint64_t offset = 0;
        Bytes bytes;
    };
    struct Contents {
        Bytes now;
        Bytes durable;
        std::vector<Change> loose;  ///< what leads from `durable` to `now`
    };
    using Names = std::map<std::string, std::shared_ptr<Contents>>;

    static void apply(const Change& change, Bytes& bytes);
    void settle(Contents& contents);
    void tear(Contents& contents, const Change& change);
    void risk_power();
    Status risk_error(const std::filesystem::path& path, const char* what);

    World& world_;
    DiskFaults faults_;
    Names names_;
    Names durable_names_;
    Duration time_{};
    bool full_ = false;
    bool calm_ = false;
    bool damaged_ = false;
};

}  // namespace dure::sim
