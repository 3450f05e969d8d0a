#include "node/chain/final_chain.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <stdexcept>

#include "base/assert.h"
#include "ledger/state/memory_state.h"
#include "ledger/views.h"
#include "node/chain/recovery.h"

namespace dure::node {

using protocol::Height;

namespace {

TransactionRecord record_of(const ledger::TransactionReceipt& receipt, Height height,
                            std::uint32_t position) {
    TransactionRecord record{
        .height = height, .position = position, .ok = receipt.ok, .code = {}, .message = {}};
    if (!receipt.ok) {
        record.code = std::string(name_of(receipt.error.code));
        record.message = receipt.error.message.substr(0, decltype(record.message)::k_max);
    }
    return record;
}

Error corrupt_state(const std::filesystem::path& folder, const std::string& what) {
    return {ErrorCode::corrupt, what + ". Delete the folder " + folder.string() +
                                    " and start again: it is made anew from the block log"};
}

}  // namespace

Bytes transaction_key(const Hash& id) {
    Bytes key{'t'};
    key.insert(key.end(), id.bytes.begin(), id.bytes.end());
    return key;
}

FinalChain::FinalChain(std::unique_ptr<ChainDisk> disk, Failure failure, const Keeping& keeping)
    : failure_(std::move(failure)), keeping_(keeping), disk_(std::move(disk)) {}

Result<std::unique_ptr<FinalChain>> FinalChain::open(std::unique_ptr<ChainDisk> disk,
                                                     const ledger::Genesis& genesis,
                                                     const std::filesystem::path& directory, Failure failure,
                                                     const Keeping& keeping) {
    std::unique_ptr<FinalChain> chain(new FinalChain(std::move(disk), std::move(failure), keeping));
    const Hash chain_id = genesis.chain_id();
    chain->genesis_block_ = protocol::block_hash(ledger::genesis_block(genesis));
    DURE_TRY(auto log, BlockLog::open(directory / k_block_log_name, chain_id, chain->genesis_block_,
                                      chain->disk_->files(), keeping.segment_bytes));
    if (log.cut_bytes > 0)
        spdlog::warn("storage: cut {} bytes off the end of the block log that a crash had left unfinished",
                     log.cut_bytes);
    chain->log_ = std::move(log.log);
    DURE_CHECK(chain->open_store(genesis, directory / "state"));
    DURE_CHECK(chain->replay());
    return chain;
}

Status FinalChain::open_store(const ledger::Genesis& genesis, const std::filesystem::path& directory) {
    try {
        return read_store(genesis, directory);
    } catch (const std::runtime_error& unreadable) {
        return corrupt_state(directory, unreadable.what());
    }
}

Status FinalChain::read_store(const ledger::Genesis& genesis, const std::filesystem::path& directory) {
    // Without the oldest blocks the state cannot be made anew.
    const bool whole = log_.first() == Height{1};
    const Error lost{
        ErrorCode::corrupt,
        "the state in " + directory.string() +
            " is lost or damaged, and the blocks of which it could be made were deleted to save space. "
            "Move that folder and the block log away: the node fetches the chain from its peers"};
    auto opened = disk_->open_store(directory);
    if (!opened && opened.error().code == ErrorCode::corrupt) {
        if (!whole) return with_context(lost, opened.error().message);
        // A crash in the midst of RocksDB's own bookkeeping can do this.
        spdlog::warn("storage: {}. Making it anew from the block log", opened.error().message);
        DURE_CHECK(disk_->destroy_store(directory));
        opened = disk_->open_store(directory);
    }
    if (!opened) return std::move(opened).error();
    store_ = std::move(*opened);
    std::optional<StateMark> mark = store_->mark();
    if (mark && log_.hash_at(mark->height) != mark->block) {
        if (!whole) return lost;
        spdlog::warn(
            "storage: the state store is at height {}, which the block log does not have; making it anew",
            mark->height.value);
        store_.reset();
        DURE_CHECK(disk_->destroy_store(directory));
        DURE_TRY(store_, disk_->open_store(directory));
        mark.reset();
    }
    if (!mark && !whole) return lost;
    if (!mark) {
        const ledger::MemoryState nothing;
        ledger::Overlay state(nothing);
        DURE_CHECK(ledger::apply_genesis(genesis, state));
        mark = StateMark{.height = {},
                         .block = genesis_block_,
                         .state_root = ledger::StateTree().with(state.changes()).root()};
        DURE_CHECK(store_->write({.changes = state.take_changes(), .index = {}, .mark = *mark}));
    }
    written_ = mark->height;
    flat_ = std::make_unique<FlatState>(*store_);
    flat_->warm();
    Tip tip{
        .height = mark->height, .block = mark->block, .tree = PendingTree(ledger::StateTree::build(*flat_))};
    if (tip.tree.root() != mark->state_root) {
        return corrupt_state(directory, "the state store at height " + to_text(mark->height) + " has root " +
                                            tip.tree.root().hex() + ", but was written with " +
                                            mark->state_root.hex());
    }
    branches_ = std::make_unique<Branches>(genesis.chain_id(), *flat_, std::move(tip));
    return {};
}

Status FinalChain::replay() {
    const Height first = branches_->tip().height.next();
    for (Height height = first; height <= log_.height(); height = height.next()) {
        DURE_TRY(FinalBlock stored, log_.read(height));
        const auto block = std::make_shared<const protocol::Block>(std::move(stored.block));
        if (auto executed = branches_->execute(block); !executed) {
            return with_context(
                {ErrorCode::corrupt, executed.error().message},
                "the block log's height " + to_text(height) +
                    " does not follow from the state store; delete its folder \"state\" and start again");
        }
        apply(protocol::block_hash(*block));
    }
    if (log_.height() > Height{}) {
        DURE_TRY(FinalBlock newest, log_.read(log_.height()));
        finalization_ = std::move(newest.finalization);
    }
    if (first <= log_.height())
        spdlog::info("storage: executed heights {} to {} again", first.value, log_.height().value);
    return {};
}

Head FinalChain::head() const {
    const Tip& tip = branches_->tip();
    return {tip.height, tip.block};
}

Status FinalChain::commit(std::span<const BlockToCommit> blocks, const Applied& applied) {
    std::vector<FinalBlock> records;
    for (const auto& [block, finalization] : blocks) {
        DURE_CHECK(branches_->execute(block));
        records.push_back({finalization, *block});
    }
    DURE_CHECK(log_.append(records));
    for (const auto& [block, finalization] : blocks) {
        const ledger::BlockOutcome outcome = apply(protocol::block_hash(*block));
        finalization_ = finalization;
        applied(*block, outcome);
    }
    return prune();
}

Status FinalChain::prune() {
    const std::uint64_t height = log_.height().value;
    if (keeping_.blocks == 0 || height <= keeping_.blocks) return {};
    // What the store may still lose must be executed again.
    Height keep_from = std::min(Height{height - keeping_.blocks + 1}, written_);
    // A start needs the running epoch's root, and what made it final; genesis's block is not in the log.
    const auto epoch = ledger::epoch(*flat_, ledger::current_epoch(*flat_));
    DURE_ASSERT(epoch.has_value());
    if (epoch->first.value > 1) keep_from = std::min(keep_from, Height{epoch->first.value - 1});
    if (!log_.can_prune(keep_from)) return {};
    DURE_CHECK(store_->sync());
    DURE_CHECK(log_.prune(keep_from));
    spdlog::info("storage: deleted blocks below height {} to save space", log_.first().value);
    return {};
}

ledger::BlockOutcome FinalChain::apply(const Hash& hash) {
    if (held_batch_) {
        held_batch_->mark.state_root = state_root();
        write_behind(std::move(held_batch_));
    }
    Committed committed = branches_->commit(hash);
    const protocol::Header& header = committed.block->header;
    newest_header_ = header;
    tree_before_ = std::move(committed.tree_before);
    const std::shared_ptr<StateBatch> batch = std::move(committed.batch);
    batch->mark = {.height = header.height, .block = hash, .state_root = {}};  // the root when it is written
    std::uint32_t position = 0;
    for (const ledger::TransactionReceipt& receipt : committed.outcome.receipts) {
        const TransactionRecord record = record_of(receipt, header.height, position++);
        batch->index.emplace(transaction_key(receipt.id), encode(record));
        unwritten_transactions_.insert_or_assign(receipt.id, std::pair(header.height, record));
    }
    flat_->commit(batch);
    held_batch_ = batch;
    return std::move(committed.outcome);
}

void FinalChain::write_behind(FlatState::BatchPtr batch) {
    const Height height = batch->mark.height;
    disk_->write_behind(*store_, std::move(batch), [this, height](const Status& written) {
        if (!written) return failure_(written.error());
        written_ = height;
        flat_->flushed(height);
        std::erase_if(unwritten_transactions_,
                      [&](const auto& entry) { return entry.second.first <= height; });
    });
}

std::optional<TransactionRecord> FinalChain::transaction(const Hash& id) const {
    const auto unwritten = unwritten_transactions_.find(id);
    if (unwritten != unwritten_transactions_.end()) return unwritten->second.second;
    const auto stored = store_->index(transaction_key(id));
    if (!stored) return std::nullopt;
    const auto record = decode<TransactionRecord>(*stored);
    DURE_ASSERT(record.has_value());
    return *record;
}

Result<ProvenValue> FinalChain::prove(ByteView key) const {
    if (!newest_header_ || !finalization_)
        return Error{ErrorCode::unavailable,
                     "no block is final yet, so there is no header to prove a value against"};
    return ProvenValue{.header = *newest_header_,
                       .finalization = *finalization_,
                       .value = flat_->get_before_newest(key),
                       .proof = tree_before_->get().prove(key)};
}

}  // namespace dure::node
