// What a proposer takes from 10,000 transfers, whose signatures are checked, to a durable block among a million accounts:
// assembling (execution, the tree, the header) and committing (the log's append with its fdatasync, the state in memory) ÷
// what cannot be saved of it, in the same run: the tree's update of as many leaves and one append with fdatasync of as many
// bytes. The two take turns. RocksDB is written behind, between the turns.
//
// usage: bench_commit [--json FILE]
#include <boost/asio/io_context.hpp>
#include <iostream>

#include "base/protocol/block.h"
#include "ledger/records/tables.h"
#include "ledger/state/tree.h"
#include "node/chain/final_chain.h"
#include "node/storage/record_file.h"
#include "tools/bench/figures.h"
#include "tools/bench/folder.h"
#include "tools/bench/ledger_chain.h"
#include "tools/bench/timing.h"

namespace dure::node {
namespace {

constexpr std::uint64_t k_accounts = 1'000'000;
constexpr std::size_t k_transfers = 10'000;
constexpr std::size_t k_blocks = 21;

/// From each of 10,000 accounts to another 10,000, all different.
std::vector<protocol::Transaction> transfers(const Hash& chain_id, std::vector<std::uint64_t>& nonces,
                                             std::uint64_t block) {
    std::vector<protocol::Transaction> made;
    made.reserve(k_transfers);
    const std::uint64_t first = block * 2 * k_transfers;
    for (std::uint64_t i = 0; i < k_transfers; ++i) {
        const std::uint64_t from = (first + 2 * i) % k_accounts;
        made.push_back(bench::unsigned_transfer(chain_id, bench::keyless_account(from), nonces[from]++,
                                                bench::keyless_account((first + 2 * i + 1) % k_accounts)));
    }
    return made;
}

/// What the accounts of a block's transfers are now.
ledger::Changes values_of(const ledger::StateReader& state, std::uint64_t block) {
    ledger::Changes values;
    for (std::uint64_t i = 0; i < 2 * k_transfers; ++i) {
        const Bytes key =
            ledger::Accounts::key(bench::keyless_account((block * 2 * k_transfers + i) % k_accounts));
        values.emplace(key, state.get(key));
    }
    return values;
}

int fail(const Error& error) {
    std::cerr << error.message << "\n";
    return 1;
}

int run(int argc, const char* const* argv) {
    bench::Figures figures("commit", argc, argv);
    const bench::Folder folder("commit");
    const bench::LedgerChain parties = bench::LedgerChain::make({});
    if (const Status written = parties.write_state(folder.path(), k_accounts); !written)
        return fail(written.error());
    boost::asio::io_context io;
    auto chain = FinalChain::open(system_disk(io), parties.genesis, folder.path(), [](const Error& error) {
        std::cerr << error.message << "\n";
        std::exit(1);
    });
    if (!chain) return fail(chain.error());
    auto tree = ledger::StateTree::build((*chain)->state());
    auto log =
        RecordFile::create(folder.path() / "plain.log", "a benchmark's log", parties.genesis.chain_id());
    if (!log) return fail(log.error());

    const Hash chain_id = parties.genesis.chain_id();
    std::vector<std::uint64_t> nonces(k_accounts);
    bench::Numbers whole;
    bench::Numbers assembling;
    bench::Numbers committing;
    bench::Numbers floor;
    bench::Numbers tree_alone;
    for (std::uint64_t number = 0; number < k_blocks; ++number) {
        auto candidates = transfers(chain_id, nonces, number);
        const double began = bench::seconds_now();
        auto assembled = (*chain)->branches().assemble((*chain)->head().block, parties.validator.account(),
                                                       parties.beacon.reveal(number), std::move(candidates),
                                                       protocol::k_max_block_bytes);
        if (!assembled) return fail(assembled.error());
        const double built = bench::seconds_now();
        const Hash hash = protocol::block_hash(assembled->block);
        const protocol::Certificate finalization{
            .epoch = {}, .vote = protocol::Finalize{{number + 1}, hash}, .signers = {}, .signatures = {}};
        const std::vector<BlockToCommit> order{{(*chain)->branches().block(hash), finalization}};
        const Status committed =
            (*chain)->commit(order, [](const protocol::Block&, const ledger::BlockOutcome&) {});
        if (!committed) return fail(committed.error());
        const double ended = bench::seconds_now();
        if (assembled->block.transactions.size() != k_transfers)
            return fail({ErrorCode::internal, "transfers were left out"});

        const ledger::Changes leaves = values_of((*chain)->state(), number);
        const std::vector<Bytes> record{encode(FinalBlock{finalization, assembled->block})};
        const double updating = bench::seconds_now();
        tree = tree.with(leaves);
        const double updated = bench::seconds_now();
        const bool durable = log->append(record) && log->sync();
        const double synced = bench::seconds_now();
        if (!durable) return fail({ErrorCode::io, "cannot write the plain log"});
        io.poll();
        if (number == 0) continue;  // caches are cold
        whole.add(ended - began);
        assembling.add(built - began);
        committing.add(ended - built);
        floor.add(synced - updating);
        tree_alone.add(updated - updating);
    }
    figures.add("commit_per_floor", whole.median() / floor.median(), "ratio", bench::Bar::at_most, 1.5);
    figures.detail("assemble_ms", assembling.median() * 1e3);
    figures.detail("commit_ms", committing.median() * 1e3);
    figures.detail("tree_ms", tree_alone.median() * 1e3);
    figures.detail("floor_ms", floor.median() * 1e3);
    return figures.finish();
}

}  // namespace
}  // namespace dure::node

int main(int argc, char** argv) {
    return dure::node::run(argc, argv);
}
