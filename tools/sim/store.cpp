#include "tools/sim/store.h"

namespace dure::sim {

namespace {

class StoreInMemory final : public node::StateStore {
  public:
    explicit StoreInMemory(StoredState& stored) : stored_(stored) {}
    std::optional<node::StateMark> mark() const override { return stored_.mark; }
    Status write(const node::StateBatch& batch) override {
        stored_.state.apply(batch.changes);
        for (const auto& [key, value] : batch.index)
            stored_.index.insert_or_assign(key, value);
        stored_.mark = batch.mark;
        return {};
    }
    Status sync() override { return {}; }
    Status compact() override { return {}; }
    Status verify() const override { return {}; }
    std::optional<Bytes> get(ByteView key) const override { return stored_.state.get(key); }
    std::optional<Bytes> index(ByteView key) const override {
        const auto found = stored_.index.find(to_bytes(key));
        if (found == stored_.index.end()) return std::nullopt;
        return found->second;
    }
    void scan(ByteView prefix, ByteView from,
              const std::function<bool(ByteView, ByteView)>& visit) const override {
        stored_.state.scan(prefix, from, visit);
    }

  private:
    StoredState& stored_;
};

}  // namespace

Result<std::unique_ptr<node::StateStore>> SimulatedDisk::open_store(const std::filesystem::path&) {
    return std::unique_ptr<node::StateStore>(std::make_unique<StoreInMemory>(stored_));
}

Status SimulatedDisk::destroy_store(const std::filesystem::path&) {
    stored_ = {};
    return {};
}

void SimulatedDisk::write_behind(node::StateStore& store, std::shared_ptr<const node::StateBatch> batch,
                                 Written written) {
    waiting_.push_back({&store, std::move(batch), std::move(written)});
    if (waiting_.size() == 1) write_next();
}

void SimulatedDisk::write_next() {
    later_(world_.chance.between(Duration{10}, Duration{1500}), [this] {
        const Waiting next = std::move(waiting_.front());
        waiting_.pop_front();
        const Status status = next.store->write(*next.batch);
        next.written(status);
        if (!waiting_.empty()) write_next();
    });
}

}  // namespace dure::sim
