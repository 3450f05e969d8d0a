// A machine whose disk fails when it is told to, and a node's durable parts on it: the journal, the block log and the
// state store, driven as the node drives them. What the operator was promised (acknowledged commits, journal records)
// is remembered outside of the machine, and held against what a restart finds.
#pragma once

#include <rocksdb/env.h>

#include <memory>
#include <string>
#include <vector>

#include "node/chain/final_chain.h"
#include "node/storage/journal.h"
#include "tests/node/chain/history.h"
#include "tests/node/crash/faulty_file_system.h"
#include "tests/node/crash/faulty_files.h"
#include "tests/node/storage/temporary_directory.h"

namespace dure::test {

class Machine {
  public:
    /// `scrambles`: see FaultyFileSystem. A node that has deleted its oldest blocks cannot make its state anew, and
    /// refuses to start where RocksDB's files are scrambled.
    explicit Machine(std::uint64_t seed, const node::Keeping& keeping = {}, bool scrambles = true);

    /// Starts the node and lets it commit what its history still has. Returns how it ended: nothing if it came to
    /// the history's end, else why not. What it finds at its start is checked (a GoogleTest failure if it is
    /// between two commits, or less than what was acknowledged).
    enum class End : std::uint8_t { finished, power_cut, stopped };
    End live(const History& history);
    /// The power comes back: what was not durable is gone, or a part of it.
    void restore_power();

    Mishaps mishaps;
    std::string refusal;  ///< why the last start or commit failed

  private:
    class Disk;
    End run(const History& history);
    void check_start(const History& history, const node::FinalChain& chain) const;
    void check_journal(const std::vector<Bytes>& records) const;
    Status keep(node::Journal& journal, std::uint64_t height);

    const node::Keeping keeping_;
    TemporaryDirectory directory_;
    sim::World world_;
    FaultyFiles files_;
    std::shared_ptr<FaultyFileSystem> system_;
    std::unique_ptr<rocksdb::Env> env_;
    std::uint64_t acknowledged_ = 0;
    std::uint64_t attempted_ = 0;
    /// What the journal held when its last change began, and what it holds if that change was made.
    std::vector<Bytes> journal_before_, journal_after_;
};

}  // namespace dure::test
