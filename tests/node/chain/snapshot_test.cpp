// A node that starts from a snapshot instead of from genesis, and files that lie to it.
#include "node/chain/snapshot.h"

#include <gtest/gtest.h>

#include "node/chain/store_check.h"
#include "tests/node/chain/network.h"

namespace dure::node {
namespace {

using namespace dure::test;
using protocol::Height;

constexpr std::uint64_t k_snapshot_epoch_blocks = 6;

/// Four validators some epochs on; the last of them is down, and its state is in a file.
class Snapshots : public ::testing::Test {
  protected:
    void SetUp() override {
        for (std::size_t i = 0; i < 4; ++i)
            ASSERT_TRUE(net_.start(i));
        const auto paid = net_.transfer(0, 1, 0, 77);
        ASSERT_TRUE(net_.submit(0, {paid}).front());
        ASSERT_TRUE(net_.reach(20));
        net_.kill(3);
        const auto store = StateStore::open(net_.directory(3) / "state").value();
        auto log = BlockLog::open(net_.directory(3) / "blocks", net_.genesis().chain_id(),
                                  protocol::block_hash(ledger::genesis_block(net_.genesis())));
        proof_ = prove_snapshot(*store, log->log, net_.genesis()).value();
        manifest_ =
            write_state_file(file(), *store, net_.genesis().chain_id(), snapshot_records(proof_)).value();
    }
    std::filesystem::path file() const { return directory_.path() / "snapshot"; }
    /// Writes the file with its state, but another proof.
    std::filesystem::path file_with(const std::vector<Bytes>& records) {
        const auto path = directory_.path() / "lie";
        std::filesystem::remove(path);
        const auto store = StateStore::open(net_.directory(3) / "state").value();
        EXPECT_TRUE(write_state_file(path, *store, net_.genesis().chain_id(), records));
        return path;
    }
    ErrorCode refusal(const std::filesystem::path& path) {
        const auto target = directory_.path() / "target";
        const auto imported = import_snapshot(net_.genesis(), target, path);
        EXPECT_FALSE(imported);
        for (const char* name : {"blocks", "state", "import.part"})
            EXPECT_FALSE(std::filesystem::exists(target / name)) << name;
        return imported ? ErrorCode::internal : imported.error().code;
    }

    Network net_{4, 4, k_snapshot_epoch_blocks};
    TemporaryDirectory directory_;
    SnapshotProof proof_;
    StateManifest manifest_;
};

TEST_F(Snapshots, AValidatorStartsFromOneVotesAndRestarts) {
    std::filesystem::remove_all(net_.directory(3));
    const auto imported = import_snapshot(net_.genesis(), net_.directory(3), file());
    ASSERT_TRUE(imported) << imported.error().message;
    EXPECT_EQ(imported->manifest, manifest_);
    EXPECT_GT(imported->height, manifest_.height);
    EXPECT_EQ(import_snapshot(net_.genesis(), net_.directory(3), file()).error().code, ErrorCode::conflict);
    const auto findings =
        check_store(net_.genesis(), net_.directory(3), {.replay = true}, [](const StoreFinding&) {}).value();
    for (const StoreFinding& finding : findings)
        EXPECT_FALSE(finding.error) << finding.what << ": " << finding.error->message;

    ASSERT_TRUE(net_.start(3));
    EXPECT_EQ(net_.height(3), imported->height.value);
    ASSERT_TRUE(net_.reach(net_.height(0) + 2 * k_snapshot_epoch_blocks));
    EXPECT_TRUE(net_.chain(3).voting());
    // Without one of the others its votes are needed.
    net_.kill(2);
    ASSERT_TRUE(net_.reach(net_.height(0) + 2 * k_snapshot_epoch_blocks));
    net_.kill(3);
    ASSERT_TRUE(net_.start(3));
    ASSERT_TRUE(net_.reach(net_.height(0) + k_snapshot_epoch_blocks));
    for (Height height = manifest_.height.next(); height <= net_.chain(3).head().height;
         height = height.next()) {
        if (height > net_.chain(0).head().height) break;
        EXPECT_EQ(net_.chain(3).block(height).value(), net_.chain(0).block(height).value());
    }
    EXPECT_EQ(net_.chain(3).block(manifest_.height).error().code, ErrorCode::expired);
    EXPECT_EQ(ledger::account(net_.chain(3).state(), person_key(1).account()).balance,
              ledger::account(net_.chain(0).state(), person_key(1).account()).balance);
}

TEST_F(Snapshots, AValidatorThatKeptItsJournalSignsOnFromOne) {
    ASSERT_TRUE(net_.reach(net_.height(0) + k_snapshot_epoch_blocks));
    std::filesystem::remove_all(net_.directory(3) / "blocks");
    ASSERT_TRUE(import_snapshot(net_.genesis(), net_.directory(3), file()));
    ASSERT_TRUE(net_.start(3));
    net_.kill(2);
    ASSERT_TRUE(net_.reach(net_.height(0) + 2 * k_snapshot_epoch_blocks))
        << "without its votes nothing is final";
}

TEST_F(Snapshots, ACrashedImportIsDoneAgainOrTheNodeStartsFromGenesis) {
    const auto fresh = net_.directory(3);
    std::filesystem::remove_all(fresh);
    // As after a crash before the state's rename, and after it.
    std::filesystem::create_directories(fresh / "import.part" / "state");
    write_file(fresh / "import.part" / "state" / "CURRENT", Bytes{1, 2, 3});
    ASSERT_TRUE(import_snapshot(net_.genesis(), fresh, file()));
    std::filesystem::remove_all(fresh / "blocks");
    std::filesystem::create_directories(fresh / "import.part" / "blocks");
    ASSERT_TRUE(import_snapshot(net_.genesis(), fresh, file()));
    std::filesystem::remove_all(fresh / "blocks");
    ASSERT_TRUE(net_.start(3));
    EXPECT_EQ(net_.height(3), 0u);
    ASSERT_TRUE(net_.reach(manifest_.height.value));
    EXPECT_TRUE(net_.chain(3).block(Height{1}));
}

TEST_F(Snapshots, AFileThatLiesIsRefusedAndLeavesNothing) {
    const std::vector<Bytes> honest = snapshot_records(proof_);
    ASSERT_GE(proof_.ends.size(), 2u);
    EXPECT_EQ(refusal(file_with({})), ErrorCode::expired) << "no proof";
    EXPECT_EQ(refusal(file_with({honest.begin(), honest.end() - 1})), ErrorCode::malformed) << "no block";
    {
        SnapshotProof lie = proof_;
        lie.ends.pop_back();
        EXPECT_EQ(refusal(file_with(snapshot_records(lie))), ErrorCode::unavailable)
            << "an epoch is left out";
    }
    {
        SnapshotProof lie = proof_;
        lie.ends.insert(lie.ends.begin() + 1, lie.ends.front());
        EXPECT_EQ(refusal(file_with(snapshot_records(lie))), ErrorCode::expired) << "an epoch ends twice";
    }
    {
        SnapshotProof lie = proof_;
        lie.blocks.front().block.header.state_root = hash_of("another state");
        EXPECT_EQ(refusal(file_with(snapshot_records(lie))), ErrorCode::invalid);
    }
    {
        SnapshotProof lie = proof_;
        lie.ends.back().next.validators.front().weight += 1;
        EXPECT_EQ(refusal(file_with(snapshot_records(lie))), ErrorCode::invalid);
    }
    {
        // The state changed, all hashes made anew: only the tree's root tells.
        const auto store = StateStore::open(net_.directory(3) / "state").value();
        Bytes key;
        Bytes value;
        store->scan({}, {}, [&](ByteView k, ByteView v) {
            key = to_bytes(k);
            value = to_bytes(v);
            return false;
        });
        value.push_back(0);
        ASSERT_TRUE(store->write({.changes = {{key, value}}, .index = {}, .mark = *store->mark()}));
    }
    EXPECT_EQ(refusal(file_with(honest)), ErrorCode::corrupt);
    Bytes damaged = read_file(file());
    damaged[damaged.size() / 2] ^= 1;
    write_file(directory_.path() / "damaged", damaged);
    EXPECT_NE(refusal(directory_.path() / "damaged"), ErrorCode::internal);
    EXPECT_EQ(
        import_snapshot(make_genesis(4, 5, k_snapshot_epoch_blocks), directory_.path() / "other", file())
            .error()
            .code,
        ErrorCode::invalid)
        << "of another chain";
}

}  // namespace
}  // namespace dure::node
