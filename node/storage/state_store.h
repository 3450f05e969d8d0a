// The flat state and the indexes on disk, in RocksDB, as of one final block. It follows the block log at its
// leisure: each block's changes are one atomic batch that carries the block's height, so that after a crash
// the store is at the state of *some* block, and those after it are executed again.
//
// Recovery mode, chosen on purpose: the write-ahead log is replayed up to its first gap
// (kPointInTimeRecovery). What is lost at its end the block log has; what is damaged inside a table file is
// refused, and the remedy is to delete the folder, since it can be made again from the block log.
//
// Reads may come from any thread; writes from one at a time.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/codec.h"
#include "base/hash.h"
#include "base/protocol/types.h"
#include "base/result.h"

namespace rocksdb {
class Env;
}

namespace dure::node {

/// Which block the store stands at.
struct StateMark {
    protocol::Height height;
    Hash block;
    Hash state_root;  ///< after the block
    static constexpr auto fields() {
        return std::tuple(&StateMark::height, &StateMark::block, &StateMark::state_root);
    }
    friend bool operator==(const StateMark&, const StateMark&) = default;
};

/// Everything that one block changes.
struct StateBatch {
    std::map<Bytes, std::optional<Bytes>> changes;  ///< absent value: the key is deleted
    std::map<Bytes, Bytes> index;                   ///< e.g. transaction id -> where it stands
    StateMark mark;
};

/// How RocksDB is to lie on its disk. The defaults are for a node.
struct StateStoreOptions {
    rocksdb::Env* env = nullptr;  ///< the operating system's where null
    std::size_t write_buffer_bytes = std::size_t{32} << 20;
};

/// A store behind an interface, so that the chain can be tried over one in memory; `open` is RocksDB's.
class StateStore {
  public:
    /// Creates the folder if there is none. Errors: `corrupt`, `io`.
    static Result<std::unique_ptr<StateStore>> open(const std::filesystem::path& directory,
                                                    const StateStoreOptions& options = {});
    /// Deletes a store that is not open.
    static Status destroy(const std::filesystem::path& directory);
    virtual ~StateStore() = default;

    /// Absent in a new store.
    virtual std::optional<StateMark> mark() const = 0;
    virtual Status write(const StateBatch& batch) = 0;
    /// Makes what was written durable. Errors: `io`.
    virtual Status sync() = 0;
    /// Writes everything into table files anew, without what was replaced or erased, durably. Errors: `io`,
    /// `corrupt`.
    virtual Status compact() = 0;
    /// Reads every byte on disk and compares it with its checksum. Errors: `corrupt`, `io`.
    virtual Status verify() const = 0;

    /// A read that the disk fails is no expected error: these throw std::runtime_error.
    virtual std::optional<Bytes> get(ByteView key) const = 0;
    virtual std::optional<Bytes> index(ByteView key) const = 0;
    /// Visits the keys that begin with `prefix`, from `from` on (itself included), in ascending order, until
    /// `visit` returns false.
    virtual void scan(ByteView prefix, ByteView from,
                      const std::function<bool(ByteView key, ByteView value)>& visit) const = 0;
};

}  // namespace dure::node
