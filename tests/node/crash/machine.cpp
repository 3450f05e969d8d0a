#include "tests/node/crash/machine.h"

#include <gtest/gtest.h>
#include <rocksdb/system_clock.h>

#include <algorithm>

#include "node/chain/recovery.h"

namespace dure::test {

namespace {

/// RocksDB takes no smaller one; with the compactions below there are table files all the same.
constexpr std::size_t k_small_write_buffer = 64 * 1024;

/// RocksDB waits for a second where something failed, in the hope that it passes; here it does not.
class ImpatientClock final : public rocksdb::SystemClockWrapper {
  public:
    ImpatientClock() : SystemClockWrapper(rocksdb::SystemClock::Default()) {}
    const char* Name() const override { return "ImpatientClock"; }
    void SleepForMicroseconds(int) override {}
};

class FaultyEnvironment final : public rocksdb::EnvWrapper {
  public:
    explicit FaultyEnvironment(std::shared_ptr<rocksdb::FileSystem> system)
        : EnvWrapper(rocksdb::Env::Default()) {
        file_system_ = std::move(system);
        system_clock_ = std::make_shared<ImpatientClock>();
    }
    const char* Name() const override { return "FaultyEnvironment"; }
};

}  // namespace

/// Batches are written at once, on the same thread; every fifth is followed by a compaction.
class Machine::Disk final : public node::ChainDisk {
  public:
    explicit Disk(Machine& machine) : machine_(machine) {}
    node::Files& files() override { return machine_.files_; }
    Result<std::unique_ptr<node::StateStore>> open_store(const std::filesystem::path& directory) override {
        return node::StateStore::open(
            directory, {.env = machine_.env_.get(), .write_buffer_bytes = k_small_write_buffer});
    }
    Status destroy_store(const std::filesystem::path& directory) override {
        return node::StateStore::destroy(directory);
    }
    void write_behind(node::StateStore& store, std::shared_ptr<const node::StateBatch> batch,
                      Written written) override {
        Status status = store.write(*batch);
        if (status && batch->mark.height.value % 5 == 0) status = store.compact();
        if (machine_.mishaps.power_is_out()) throw sim::PowerCut{};
        written(status);
    }

  private:
    Machine& machine_;
};

Machine::Machine(std::uint64_t seed, const node::Keeping& keeping, bool scrambles)
    : keeping_(keeping),
      world_(seed),
      files_(world_, mishaps),
      system_(std::make_shared<FaultyFileSystem>(mishaps, seed, scrambles)),
      env_(std::make_unique<FaultyEnvironment>(system_)) {}

void Machine::restore_power() {
    mishaps.nothing();
    files_.cut_power();
    system_->restore_power();
}

void Machine::check_start(const History& history, const node::FinalChain& chain) const {
    const std::uint64_t height = chain.head().height.value;
    EXPECT_GE(height, acknowledged_) << "a block that was final is gone";
    EXPECT_LE(height, attempted_) << "a block is there that was never committed";
    ASSERT_LE(height, history.height());
    EXPECT_TRUE(history.is_boundary(height)) << "a part of a commit is there: " << height;
    EXPECT_EQ(chain.state_root(), history.roots[height]);
    EXPECT_EQ(ledger::StateTree::build(chain.state()).root(), history.roots[height]);
}

void Machine::check_journal(const std::vector<Bytes>& records) const {
    const bool old = records == journal_before_;
    // Of several records that were appended at once a torn write may have left the first.
    const bool some = records.size() <= journal_after_.size() && records.size() >= journal_before_.size() &&
                      std::equal(records.begin(), records.end(), journal_after_.begin()) &&
                      std::equal(journal_before_.begin(), journal_before_.end(), journal_after_.begin());
    EXPECT_TRUE(old || some || records == journal_after_)
        << records.size() << " records are there; there were " << journal_before_.size() << ", then "
        << journal_after_.size();
}

/// A few records for each height, and now and then only the newest are kept, as consensus does.
Status Machine::keep(node::Journal& journal, std::uint64_t height) {
    const std::vector<Bytes> records{Bytes(30, static_cast<std::uint8_t>(height)),
                                     Bytes(700, static_cast<std::uint8_t>(height))};
    journal_after_.insert(journal_after_.end(), records.begin(), records.end());
    DURE_CHECK(journal.append(records));
    journal_before_ = journal_after_;
    if (height % 4 != 0) return {};
    journal_after_ = records;
    DURE_CHECK(journal.replace(records));
    journal_before_ = journal_after_;
    return {};
}

Machine::End Machine::run(const History& history) {
    const auto ended = [&](const Error& error) {
        refusal = error.message;
        return mishaps.power_is_out() ? End::power_cut : End::stopped;
    };
    auto journal = node::open_journal(files_, directory_.path(), history.genesis.chain_id());
    if (!journal) return ended(journal.error());
    EXPECT_TRUE(journal->journal.has_value()) << "the journal counts as lost";
    if (!journal->journal) return End::stopped;
    check_journal(journal->records);
    journal_before_ = journal_after_ = journal->records;

    std::optional<Error> failure;
    auto chain = node::FinalChain::open(
        std::make_unique<Disk>(*this), history.genesis, directory_.path(),
        [&](const Error& error) { failure = error; }, keeping_);
    if (!chain) return ended(chain.error());
    check_start(history, **chain);
    acknowledged_ = (*chain)->head().height.value;
    for (const auto& commit : history.commits) {
        const std::uint64_t last = commit.back().block->header.height.value;
        if (last <= acknowledged_) continue;
        if (auto kept = keep(*journal->journal, last); !kept) return ended(kept.error());
        attempted_ = last;
        const auto applied = [](const protocol::Block&, const ledger::BlockOutcome&) {};
        if (auto committed = (*chain)->commit(commit, applied); !committed) return ended(committed.error());
        acknowledged_ = last;
        if (failure) return ended(*failure);
    }
    return End::finished;
}

Machine::End Machine::live(const History& history) {
    try {
        return run(history);
    } catch (const sim::PowerCut&) {
        return End::power_cut;
    }
}

}  // namespace dure::test
