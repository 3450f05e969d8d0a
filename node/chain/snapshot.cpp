#include "node/chain/snapshot.h"

#include <boost/asio/io_context.hpp>

#include "ledger/views.h"
#include "node/chain/epochs.h"
#include "node/chain/recovery.h"

namespace dure::node {

using protocol::Height;

namespace {

namespace fs = std::filesystem;

/// Where a chain's directory is made before its parts get their names.
constexpr char k_unfinished_name[] = "import.part";
constexpr char k_state_name[] = "state";
constexpr std::size_t k_entries_a_write = 4'096;
/// Of the blocks in a proof. The first finalization comes soon.
constexpr std::size_t k_max_proof_block_bytes = std::size_t{64} << 20;

Error not_the_chains(const std::string& why) {
    return {ErrorCode::invalid, "this snapshot is not the chain's: " + why};
}

Status remove_directory(const fs::path& path) {
    std::error_code error;
    fs::remove_all(path, error);
    if (error) return Error{ErrorCode::io, "cannot delete " + path.string() + ": " + error.message()};
    return {};
}

Status move_directory(const fs::path& from, const fs::path& to) {
    std::error_code error;
    fs::rename(from, to, error);
    if (error) return Error{ErrorCode::io, "cannot rename " + from.string() + ": " + error.message()};
    return sync_directory(to.parent_path());
}

/// The state's entries on their way into a store, many at a time.
class StateWriter {
  public:
    explicit StateWriter(StateStore& store) : store_(store) {}

    Status put(ByteView key, ByteView value) {
        batch_.changes.emplace(to_bytes(key), to_bytes(value));
        return batch_.changes.size() < k_entries_a_write ? Status() : write({});
    }
    Status finish(const StateMark& mark) {
        DURE_CHECK(write(mark));
        return store_.sync();
    }

  private:
    Status write(const StateMark& mark) {
        batch_.mark = mark;
        const Status written = store_.write(batch_);
        batch_ = {};
        return written;
    }

    StateStore& store_;
    StateBatch batch_;
};

/// Takes a proof's records one by one, and follows the ends of the epochs at once.
class ProofReader {
  public:
    explicit ProofReader(const ledger::Genesis& genesis)
        : light_(genesis.chain_id(), genesis.validator_set()) {}

    Status take(ByteView record) {
        if (!ends_left_) {
            DURE_TRY(ends_left_, decode<std::uint64_t>(record));
            return {};
        }
        if (*ends_left_ > 0) {
            DURE_TRY(const protocol::EpochEnd end, decode<protocol::EpochEnd>(record));
            DURE_CHECK(light_.advance(end));
            epoch_root_ = end.finalization;
            --*ends_left_;
            return {};
        }
        block_bytes_ += record.size();
        if (block_bytes_ > k_max_proof_block_bytes)
            return Error{ErrorCode::malformed, "the snapshot's proof holds more blocks than can be needed"};
        DURE_TRY(FinalBlock block, decode<FinalBlock>(record));
        blocks_.push_back(std::move(block));
        return {};
    }

    /// Whether the blocks follow on the state that the manifest speaks of, name its root, and are final.
    Status check(const StateManifest& manifest) const {
        if (!ends_left_) {
            return Error{ErrorCode::expired,
                         "this file has the state but no proof that it is the chain's: export it on a node "
                         "that keeps all blocks"};
        }
        if (*ends_left_ > 0 || blocks_.empty() || !blocks_.back().finalization)
            return Error{ErrorCode::malformed, "the snapshot's proof ends early"};
        if (light_.progress().last > manifest.height)
            return not_the_chains("its epoch is over before the block after it");
        Height at = manifest.height;
        Hash parent = manifest.block;
        for (const FinalBlock& stored : blocks_) {
            const protocol::Header& header = stored.block.header;
            if (at.value == UINT64_MAX || header.height != at.next() || header.parent != parent)
                return not_the_chains("block " + to_text(header.height) + " does not follow on block " +
                                      to_text(at));
            const bool is_last = &stored == &blocks_.back();
            if (stored.finalization.has_value() != is_last)
                return not_the_chains("it goes on after a block with its finalization");
            at = header.height;
            parent = protocol::block_hash(header);
        }
        if (blocks_.front().block.header.state_root != manifest.state_root)
            return not_the_chains("block " + to_text(blocks_.front().block.header.height) +
                                  " names another root of the state");
        return light_.check_final(blocks_.back().block.header, *blocks_.back().finalization);
    }

    const std::optional<protocol::Certificate>& epoch_root() const { return epoch_root_; }
    const std::vector<FinalBlock>& blocks() const { return blocks_; }

  private:
    protocol::LightClient light_;
    std::optional<std::uint64_t> ends_left_;  ///< none: not even their number was read yet
    std::optional<protocol::Certificate> epoch_root_;
    std::vector<FinalBlock> blocks_;
    std::size_t block_bytes_ = 0;
};

/// Makes `directory` a chain's that stands where the file leads.
Result<ImportedSnapshot> build(const ledger::Genesis& genesis, const fs::path& directory,
                               const fs::path& file) {
    ProofReader proof(genesis);
    ImportedSnapshot imported;
    {
        DURE_TRY(const auto store, StateStore::open(directory / k_state_name));
        StateWriter writer(*store);
        DURE_TRY(imported.manifest,
                 read_state_file(
                     file, [&](ByteView key, ByteView value) { return writer.put(key, value); },
                     [&](ByteView record) { return proof.take(record); }));
        if (imported.manifest.chain_id != genesis.chain_id())
            return not_the_chains("it is of chain " + imported.manifest.chain_id.hex());
        DURE_CHECK(proof.check(imported.manifest));
        DURE_CHECK(writer.finish(imported.manifest.mark()));
    }
    {
        DURE_TRY(BlockLog log, BlockLog::begin_after(directory / k_block_log_name, genesis.chain_id(),
                                                     imported.manifest.height, imported.manifest.block,
                                                     proof.epoch_root()));
        DURE_CHECK(log.append(proof.blocks()));
    }
    // As a node starts: the tree is rebuilt, its root compared, and what follows executed.
    boost::asio::io_context io;
    DURE_TRY(const auto chain, FinalChain::open(system_disk(io), genesis, directory, [](const Error&) {}));
    DURE_TRY(const RunningEpoch running, running_epoch(*chain));
    imported.height = chain->head().height;
    imported.epoch = running.voters.epoch;
    return imported;
}

}  // namespace

Result<SnapshotProof> prove_snapshot(const StateStore& store, const BlockLog& log,
                                     const ledger::Genesis& genesis) {
    const auto mark = store.mark();
    if (!mark || mark->height >= log.height())
        return Error{ErrorCode::not_found, "no block after the state's is final yet"};
    if (log.hash_at(mark->height) != mark->block || mark->height.next() < log.first())
        return Error{ErrorCode::corrupt, "the state does not stand on a block of the block log"};
    const FlatState state(store);
    const std::uint64_t epoch_blocks = genesis.parameters.epoch_blocks;
    const protocol::Epoch running = voters_after(state).epoch;
    SnapshotProof proof;
    for (protocol::Epoch epoch; epoch < running; epoch = epoch.next()) {
        const auto last = ledger::last_height_of(epoch_blocks, epoch);
        const auto next = ledger::epoch(state, epoch.next());
        if (!last || !next)
            return Error{ErrorCode::corrupt, "the state does not know epoch " + to_text(epoch.next())};
        auto ended = log.read(*last);
        if (!ended) return with_context(ended.error(), "the block that ended epoch " + to_text(epoch));
        if (!ended->finalization)
            return Error{ErrorCode::corrupt, "the block log lacks the finalization of height " +
                                                 to_text(*last) + ", the last of its epoch"};
        proof.ends.push_back({.header = std::move(ended->block.header),
                              .finalization = std::move(*ended->finalization),
                              .next = next->validators});
    }
    Height height = mark->height;
    do {
        height = height.next();
        DURE_TRY(FinalBlock block, log.read(height));
        proof.blocks.push_back(std::move(block));
    } while (!proof.blocks.back().finalization);
    return proof;
}

std::vector<Bytes> snapshot_records(const SnapshotProof& proof) {
    std::vector<Bytes> records{encode(std::uint64_t{proof.ends.size()})};
    for (const protocol::EpochEnd& end : proof.ends)
        records.push_back(encode(end));
    for (const FinalBlock& block : proof.blocks)
        records.push_back(encode(block));
    return records;
}

Result<ImportedSnapshot> import_snapshot(const ledger::Genesis& genesis, const fs::path& directory,
                                         const fs::path& file) {
    DURE_CHECK(genesis.check());
    DURE_TRY(const DirectoryLock lock, DirectoryLock::take(directory));
    const fs::path blocks = directory / k_block_log_name;
    const fs::path state = directory / k_state_name;
    const fs::path unfinished = directory / k_unfinished_name;
    if (Files::of_system().exists(blocks)) {
        return Error{ErrorCode::conflict, "there are blocks in " + blocks.string() +
                                              " already; to start from a snapshot instead, move that folder "
                                              "and " +
                                              state.string() + " away"};
    }
    DURE_CHECK(remove_directory(unfinished));
    DURE_CHECK(make_directory(unfinished));
    Result<ImportedSnapshot> imported = build(genesis, unfinished, file);
    if (!imported) {
        DURE_CHECK(remove_directory(unfinished));
        return imported;
    }
    // Before the blocks: a journal that is missing beside them counts as lost.
    DURE_CHECK(open_journal(Files::of_system(), directory, genesis.chain_id()));
    // A state without blocks is made anew from genesis, so the blocks come last.
    DURE_CHECK(remove_directory(state));
    DURE_CHECK(move_directory(unfinished / k_state_name, state));
    DURE_CHECK(move_directory(unfinished / k_block_log_name, blocks));
    DURE_CHECK(remove_directory(unfinished));
    return imported;
}

}  // namespace dure::node
