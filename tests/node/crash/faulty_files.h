// A simulated disk's files with mishaps at chosen operations. What a power cut leaves of what was not synced is the
// simulated disk's to say (tools/sim/disk.h): kept, lost, torn at some byte, or some of its sectors.
#pragma once

#include "node/storage/files.h"
#include "tests/node/crash/mishaps.h"
#include "tools/sim/disk.h"

namespace dure::test {

class FaultyFiles final : public node::Files {
  public:
    FaultyFiles(sim::World& world, Mishaps& mishaps) : disk_(world, {}), mishaps_(mishaps) {}

    Result<node::File> open(const std::filesystem::path& path, node::File::Mode mode) override;
    bool exists(const std::filesystem::path& path) const override { return disk_.exists(path); }
    Status make_directory(const std::filesystem::path& path) override { return disk_.make_directory(path); }
    Result<std::vector<std::string>> list(const std::filesystem::path& directory) const override {
        return disk_.list(directory);
    }
    Status erase(const std::filesystem::path& path) override;
    Bytes salt(std::size_t count) override { return disk_.salt(count); }
    /// What the power leaves behind; open files are void.
    void cut_power() { disk_.cut_power(); }

  private:
    class Handle;
    sim::Disk disk_;
    Mishaps& mishaps_;
};

}  // namespace dure::test
