// What the durable chain lies on: the files of its logs, the store of the flat state, and somebody who writes that
// store behind. The node's own is the operating system's files, RocksDB, and a thread; a simulator hands in others.
#pragma once

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <functional>
#include <memory>

#include "base/result.h"
#include "node/storage/files.h"
#include "node/storage/state_store.h"

namespace dure::node {

class ChainDisk {
  public:
    /// Whether a batch was written.
    using Written = std::function<void(const Status&)>;

    virtual ~ChainDisk() = default;
    virtual Files& files() = 0;
    /// As StateStore::open and StateStore::destroy.
    virtual Result<std::unique_ptr<StateStore>> open_store(const std::filesystem::path& directory) = 0;
    virtual Status destroy_store(const std::filesystem::path& directory) = 0;
    /// Writes a batch some time later, batches in the order they are handed in; `written` is called from the
    /// caller's event loop, and never once this object is gone. The store must outlive this object. May wait if
    /// too many are under way.
    virtual void write_behind(StateStore& store, std::shared_ptr<const StateBatch> batch,
                              Written written) = 0;
};

/// Batches handed to the writing thread and not yet written; above it a commit waits.
inline constexpr std::ptrdiff_t k_max_unwritten_batches = 256;

/// The operating system's, with a thread that writes; its end waits for that thread.
std::unique_ptr<ChainDisk> system_disk(boost::asio::io_context& io);

}  // namespace dure::node
