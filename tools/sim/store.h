// The chain's disk in the simulation: simulated files, and the flat state in memory, which a restart finds as it was
// last written behind.
#pragma once

#include <deque>
#include <map>
#include <memory>

#include "ledger/state/memory_state.h"
#include "node/chain/chain_disk.h"
#include "tools/sim/disk.h"

namespace dure::sim {

/// What outlives the process.
struct StoredState {
    ledger::MemoryState state;
    std::optional<node::StateMark> mark;
    std::map<Bytes, Bytes> index;
};

class SimulatedDisk final : public node::ChainDisk {
  public:
    /// Lets something happen later, unless the process has ended by then.
    using Later = std::function<void(Duration, std::function<void()>)>;

    SimulatedDisk(World& world, Disk& disk, StoredState& stored, Later later)
        : world_(world), disk_(disk), stored_(stored), later_(std::move(later)) {}

    node::Files& files() override { return disk_; }
    Result<std::unique_ptr<node::StateStore>> open_store(const std::filesystem::path&) override;
    Status destroy_store(const std::filesystem::path&) override;
    void write_behind(node::StateStore& store, std::shared_ptr<const node::StateBatch> batch,
                      Written written) override;

  private:
    void write_next();

    struct Waiting {
        node::StateStore* store;
        std::shared_ptr<const node::StateBatch> batch;
        Written written;
    };
    World& world_;
    Disk& disk_;
    StoredState& stored_;
    Later later_;
    std::deque<Waiting> waiting_;
};

}  // namespace dure::sim
