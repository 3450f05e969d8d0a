#include "node/chain/store_check.h"

#include <memory>
#include <stdexcept>

#include "ledger/invariants/invariants.h"
#include "ledger/state/memory_state.h"
#include "ledger/state/tree.h"
#include "node/chain/epochs.h"
#include "node/chain/final_chain.h"
#include "node/chain/recovery.h"
#include "node/storage/journal.h"

namespace dure::node {

using protocol::Height;

namespace {

constexpr const char* k_remake_state =
    ". Delete the folder \"state\": it is made anew from the block log at the next start";
constexpr const char* k_fetch_anew =
    ". Move the block log and the folder \"state\" away: the node fetches the chain from its peers at the "
    "next start";

Error with_remedy(const Error& error, const char* remedy) {
    return {error.code, error.message + remedy};
}

std::string counted(std::uint64_t count, const char* what) {
    return std::to_string(count) + " " + what;
}

class Checker {
  public:
    Checker(const ledger::Genesis& genesis, std::filesystem::path directory,
            const std::function<void(const StoreFinding&)>& told)
        : genesis_(genesis),
          chain_id_(genesis.chain_id()),
          directory_(std::move(directory)),
          told_(told),
          genesis_block_(protocol::block_hash(ledger::genesis_block(genesis))) {}

    std::vector<StoreFinding> run(const StoreCheckOptions& options) {
        if (!look("block log", k_fetch_anew, [&] { return open_log(); })) return std::move(findings_);
        look("blocks", k_fetch_anew, [&] { return check_blocks(); });
        if (look("state store", k_remake_state, [&] { return open_store(); })) {
            look("state", k_remake_state, [&] { return check_state(); });
            look("invariants", k_remake_state, [&] { return check_invariants(); });
            look("transactions' index", k_remake_state, [&] { return check_index(); });
        }
        look("journal", "", [&] { return check_journal(); });
        if (options.replay) look("execution", k_fetch_anew, [&] { return replay(); });
        return std::move(findings_);
    }

  private:
    using Detail = Result<std::string>;

    template <class F>
    bool look(const char* what, const char* remedy, const F& check) {
        StoreFinding finding{.what = what, .detail = {}, .error = {}};
        try {
            Detail detail = check();
            if (detail) finding.detail = std::move(*detail);
            if (!detail) finding.error = with_remedy(detail.error(), remedy);
        } catch (const std::runtime_error& failure) {
            // What RocksDB cannot read, it throws.
            finding.error = Error{ErrorCode::corrupt, failure.what() + std::string(remedy)};
        }
        findings_.push_back(finding);
        told_(finding);
        return !finding.error;
    }

    Detail open_log() {
        DURE_TRY(auto opened, BlockLog::open(directory_ / k_block_log_name, chain_id_, genesis_block_));
        log_.emplace(std::move(opened.log));
        std::string detail = counted(log_->height().value - log_->first().value + 1, "blocks from height ") +
                             to_text(log_->first()) + " on, each after the one before";
        if (opened.cut_bytes > 0)
            detail += "; cut " + counted(opened.cut_bytes, "bytes that a crash had left unfinished");
        return detail;
    }

    Detail check_blocks() {
        std::uint64_t transactions = 0;
        std::uint64_t finalizations = 0;
        const protocol::ValidatorSet validators = genesis_.validator_set();
        for (Height height = log_->first(); height <= log_->height(); height = height.next()) {
            DURE_TRY(const FinalBlock stored, log_->read(height));
            const protocol::Block& block = stored.block;
            const std::string where = "the block at height " + to_text(height);
            if (block.header.chain_id != chain_id_)
                return Error{ErrorCode::corrupt, where + " is another chain's"};
            if (protocol::transactions_root(block.transactions) != block.header.transactions_root)
                return Error{ErrorCode::corrupt, where + " has other transactions than its header says"};
            transactions += block.transactions.size();
            if (!stored.finalization) continue;
            const auto* vote = std::get_if<protocol::Finalize>(&stored.finalization->vote);
            if (vote == nullptr || vote->block != protocol::block_hash(block))
                return Error{ErrorCode::corrupt, where + " has a finalization that is not its own"};
            ++finalizations;
            // Who votes in later epochs only executing the blocks before can tell: see replay.
            if (stored.finalization->epoch != protocol::Epoch{}) continue;
            DURE_CHECK(check_finalization(validators, stored));
        }
        return counted(transactions, "transactions, ") + counted(finalizations, "finalizations");
    }

    Status check_finalization(const protocol::ValidatorSet& validators, const FinalBlock& stored) const {
        const auto checked = protocol::check_certificate(chain_id_, validators, *stored.finalization);
        if (checked) return {};
        return with_context({ErrorCode::corrupt, checked.error().message},
                            "the finalization of the block at height " + to_text(stored.block.header.height));
    }

    Detail open_store() {
        DURE_TRY(store_, StateStore::open(directory_ / "state"));
        DURE_CHECK(store_->verify());
        const auto mark = store_->mark();
        if (!mark) return Error{ErrorCode::not_found, "the state store is empty"};
        mark_ = *mark;
        if (log_->hash_at(mark_.height) != mark_.block) {
            return Error{ErrorCode::corrupt, "the state store stands at height " + to_text(mark_.height) +
                                                 " on a block that the block log does not have"};
        }
        return "at height " + to_text(mark_.height) + ", every byte passes its checksum";
    }

    Detail check_state() {
        const FlatState state(*store_);
        const Hash root = ledger::StateTree::build(state).root();
        if (root != mark_.state_root) {
            return Error{ErrorCode::corrupt, "the state at height " + to_text(mark_.height) + " has root " +
                                                 root.hex() + ", but was written with " +
                                                 mark_.state_root.hex()};
        }
        if (mark_.height >= log_->height()) return "root " + root.hex() + "; no later header to compare with";
        DURE_TRY(const FinalBlock next, log_->read(mark_.height.next()));
        if (next.block.header.state_root != root) {
            return Error{ErrorCode::corrupt,
                         "the state after height " + to_text(mark_.height) + " has root " + root.hex() +
                             ", but the next block's header says " + next.block.header.state_root.hex()};
        }
        return "root " + root.hex() + ", as the next block's header says";
    }

    Detail check_invariants() {
        DURE_CHECK(ledger::recount_invariants(FlatState(*store_)));
        return std::string("all hold, counted from every record");
    }

    Detail check_index() {
        std::uint64_t count = 0;
        for (Height height = log_->first(); height <= mark_.height; height = height.next()) {
            DURE_TRY(const FinalBlock stored, log_->read(height));
            std::uint32_t position = 0;
            for (const protocol::Transaction& transaction : stored.block.transactions) {
                const Hash id = protocol::transaction_id(transaction);
                const auto entry = store_->index(transaction_key(id));
                const auto record = entry
                                        ? decode<TransactionRecord>(*entry)
                                        : Result<TransactionRecord>(Error{ErrorCode::not_found, "no entry"});
                if (!record || record->height != height || record->position != position) {
                    return Error{ErrorCode::corrupt, "the index does not lead to transaction " + id.hex() +
                                                         " at height " + to_text(height)};
                }
                ++position;
                ++count;
            }
        }
        return counted(count, "transactions are where it says");
    }

    Detail check_journal() {
        auto journal = Journal::open(directory_ / k_journal_name, chain_id_);
        if (journal) return counted(journal->records.size(), "records");
        return with_remedy(
            journal.error(),
            ". Nothing mends a journal, and an old copy must never be put in its place: the node "
            "follows the chain but signs nothing");
    }

    Detail replay() {
        if (log_->first() > Height{1})
            return "left out: blocks below height " + to_text(log_->first()) + " were deleted to save space";
        ledger::MemoryState state;
        const ledger::MemoryState nothing;
        ledger::Overlay first(nothing);
        DURE_CHECK(ledger::apply_genesis(genesis_, first));
        state.apply(first.take_changes());
        Branches branches(
            chain_id_, state,
            {.height = {}, .block = genesis_block_, .tree = PendingTree(ledger::StateTree::build(state))});
        for (Height height{1}; height <= log_->height(); height = height.next()) {
            DURE_TRY(FinalBlock stored, log_->read(height));
            if (stored.finalization && stored.finalization->epoch != protocol::Epoch{})
                DURE_CHECK(check_finalization(voters_after(state).validators, stored));
            const auto block = std::make_shared<const protocol::Block>(std::move(stored.block));
            DURE_CHECK(branches.execute(block));
            state.apply(branches.commit(protocol::block_hash(*block)).batch->changes);
            if (store_ && height == mark_.height && branches.tip().tree.root() != mark_.state_root) {
                return Error{ErrorCode::corrupt, "executing up to height " + to_text(height) +
                                                     " gives another state than the store has"};
            }
        }
        return counted(log_->height().value,
                       "blocks executed from genesis, every state root as its header says");
    }

    const ledger::Genesis& genesis_;
    const Hash chain_id_;
    const std::filesystem::path directory_;
    const std::function<void(const StoreFinding&)>& told_;
    const Hash genesis_block_;
    std::vector<StoreFinding> findings_;
    std::optional<BlockLog> log_;
    std::unique_ptr<StateStore> store_;
    StateMark mark_;
};

}  // namespace

Result<std::vector<StoreFinding>> check_store(const ledger::Genesis& genesis,
                                              const std::filesystem::path& directory,
                                              const StoreCheckOptions& options,
                                              const std::function<void(const StoreFinding&)>& told) {
    if (!Files::of_system().exists(directory / k_block_log_name)) {
        return Error{ErrorCode::not_found, "there is no chain in " + directory.string() +
                                               ": name the folder of a node that has run"};
    }
    DURE_TRY(const DirectoryLock lock, DirectoryLock::take(directory));
    return Checker(genesis, directory, told).run(options);
}

}  // namespace dure::node
