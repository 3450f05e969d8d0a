#include "node/storage/state_store.h"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <atomic>
#include <stdexcept>

#include "base/assert.h"
#include "node/storage/files.h"

namespace dure::node {

namespace {

constexpr std::size_t k_block_cache_bytes = std::size_t{64} << 20;
constexpr char k_mark_key[] = "mark";

/// RocksDB hands a slice's pointer to memcmp, which takes no null pointer, not even for no bytes.
rocksdb::Slice slice(ByteView bytes) {
    if (bytes.empty()) return {"", 0};
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

ByteView view(const rocksdb::Slice& bytes) {
    return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

/// RocksDB waits in the background for a full disk to get space again, and closing it may wait for that for ever. The node
/// stops instead.
class NoRecovery final : public rocksdb::EventListener {
  public:
    void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status, bool* recovers) override {
        *recovers = false;
    }
};

rocksdb::Options options_for_store(const StateStoreOptions& store) {
    rocksdb::Options options;
    if (store.env != nullptr) options.env = store.env;
    options.create_if_missing = true;
    options.create_missing_column_families = true;
    options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
    options.atomic_flush = true;
    options.paranoid_checks = true;
    // A disk that has failed is not tried again: the node stops, and starts from what it then finds.
    options.max_bgerror_resume_count = 0;
    options.listeners.push_back(std::make_shared<NoRecovery>());
    options.write_buffer_size = store.write_buffer_bytes;
    options.max_background_jobs = 2;
    options.info_log_level = rocksdb::WARN_LEVEL;
    options.keep_log_file_num = 2;
    options.max_open_files = 256;
    rocksdb::BlockBasedTableOptions table;
    table.block_cache = rocksdb::NewLRUCache(k_block_cache_bytes);
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    return options;
}

[[noreturn]] void fail_read(const rocksdb::Status& status) {
    throw std::runtime_error("reading the state store failed: " + status.ToString());
}

Status outcome_of(const rocksdb::Status& status, const char* what) {
    if (status.ok()) return {};
    return Error{status.IsCorruption() ? ErrorCode::corrupt : ErrorCode::io,
                 std::string(what) + ": " + status.ToString()};
}

struct Database {
    std::unique_ptr<rocksdb::DB> db;
    std::vector<rocksdb::ColumnFamilyHandle*> families;  // default, state, index, meta

    rocksdb::ColumnFamilyHandle* state() const { return families[1]; }
    rocksdb::ColumnFamilyHandle* index() const { return families[2]; }
    rocksdb::ColumnFamilyHandle* meta() const { return families[3]; }

    std::optional<Bytes> get(rocksdb::ColumnFamilyHandle* family, const rocksdb::Slice& key) const {
        rocksdb::PinnableSlice value;
        const rocksdb::Status status = db->Get({}, family, key, &value);
        if (status.IsNotFound()) return std::nullopt;
        if (!status.ok()) fail_read(status);
        return to_bytes(view(value));
    }

    ~Database() {
        if (!db) return;
        for (rocksdb::ColumnFamilyHandle* family : families)
            db->DestroyColumnFamilyHandle(family);
        db->Close();
    }
};

class RocksStateStore final : public StateStore {
  public:
    Database& database() { return database_; }
    std::optional<StateMark> mark() const override;
    Status write(const StateBatch& batch) override;
    Status sync() override;
    Status compact() override;
    Status verify() const override;
    std::optional<Bytes> get(ByteView key) const override;
    std::optional<Bytes> index(ByteView key) const override;
    void scan(ByteView prefix, ByteView from,
              const std::function<bool(ByteView key, ByteView value)>& visit) const override;

  private:
    /// Errors: `io` after a failed write.
    Status check_whole() const;

    Database database_;
    /// A write has failed, and left a part of itself in RocksDB's log: RocksDB must not be given more.
    std::atomic<bool> broken_ = false;
};

}  // namespace

Result<std::unique_ptr<StateStore>> StateStore::open(const std::filesystem::path& directory,
                                                     const StateStoreOptions& how) {
    DURE_CHECK(make_directory(directory));
    const rocksdb::Options options = options_for_store(how);
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const char* name : {"default", "state", "index", "meta"})
        families.emplace_back(name, rocksdb::ColumnFamilyOptions(options));
    auto store = std::make_unique<RocksStateStore>();
    rocksdb::DB* db = nullptr;
    const rocksdb::Status status = rocksdb::DB::Open(rocksdb::DBOptions(options), directory.string(),
                                                     families, &store->database().families, &db);
    if (!status.ok()) {
        const ErrorCode code = status.IsCorruption() ? ErrorCode::corrupt : ErrorCode::io;
        return Error{code, "cannot open the state store " + directory.string() + ": " + status.ToString()};
    }
    store->database().db.reset(db);
    return std::unique_ptr<StateStore>(std::move(store));
}

Status StateStore::destroy(const std::filesystem::path& directory) {
    std::error_code error;
    std::filesystem::remove_all(directory, error);
    if (error) return Error{ErrorCode::io, "cannot delete " + directory.string() + ": " + error.message()};
    return {};
}

std::optional<StateMark> RocksStateStore::mark() const {
    const auto stored = database_.get(database_.meta(), k_mark_key);
    if (!stored) return std::nullopt;
    const auto mark = decode<StateMark>(*stored);
    DURE_ASSERT(mark.has_value());
    return *mark;
}

Status RocksStateStore::check_whole() const {
    if (!broken_) return {};
    return Error{ErrorCode::io, "the state store takes nothing more after a failed write; restart the node"};
}

Status RocksStateStore::write(const StateBatch& batch) {
    DURE_CHECK(check_whole());
    rocksdb::WriteBatch writes;
    for (const auto& [key, value] : batch.changes) {
        const rocksdb::Status status = value ? writes.Put(database_.state(), slice(key), slice(*value))
                                             : writes.Delete(database_.state(), slice(key));
        DURE_ASSERT(status.ok());
    }
    for (const auto& [key, value] : batch.index)
        DURE_ASSERT(writes.Put(database_.index(), slice(key), slice(value)).ok());
    DURE_ASSERT(writes.Put(database_.meta(), k_mark_key, slice(encode(batch.mark))).ok());
    const rocksdb::Status status = database_.db->Write({}, &writes);
    if (!status.ok()) {
        broken_ = true;
        return Error{ErrorCode::io, "cannot write the state of height " + to_text(batch.mark.height) + ": " +
                                        status.ToString()};
    }
    return {};
}

Status RocksStateStore::sync() {
    DURE_CHECK(check_whole());
    return outcome_of(database_.db->SyncWAL(), "cannot make the state store durable");
}

Status RocksStateStore::compact() {
    DURE_CHECK(check_whole());
    rocksdb::CompactRangeOptions whole;
    whole.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
    rocksdb::Status status = database_.db->Flush({}, database_.families);
    for (std::size_t i = 0; status.ok() && i < database_.families.size(); ++i)
        status = database_.db->CompactRange(whole, database_.families[i], nullptr, nullptr);
    return outcome_of(status, "cannot compact the state store");
}

Status RocksStateStore::verify() const {
    return outcome_of(database_.db->VerifyChecksum(), "the state store is damaged");
}

std::optional<Bytes> RocksStateStore::get(ByteView key) const {
    return database_.get(database_.state(), slice(key));
}

std::optional<Bytes> RocksStateStore::index(ByteView key) const {
    return database_.get(database_.index(), slice(key));
}

void RocksStateStore::scan(ByteView prefix, ByteView from,
                           const std::function<bool(ByteView key, ByteView value)>& visit) const {
    const std::unique_ptr<rocksdb::Iterator> at(database_.db->NewIterator({}, database_.state()));
    const bool from_prefix = std::ranges::lexicographical_compare(from, prefix);
    for (at->Seek(slice(from_prefix ? prefix : from)); at->Valid() && at->key().starts_with(slice(prefix));
         at->Next()) {
        if (!visit(view(at->key()), view(at->value()))) return;
    }
    if (!at->status().ok()) fail_read(at->status());
}

}  // namespace dure::node
