// The server's channel accounts on disk: appended and synced before an answer leaves, read back at start. The
// last record of a channel counts.
#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "node/roles/channel_book.h"
#include "node/storage/record_file.h"

namespace dure::node {

class ChannelJournal {
  public:
    struct Opened;
    /// Opens or creates. Errors: `corrupt` (with what to do), `invalid` (another chain's), `io`.
    static Result<Opened> open(const std::filesystem::path& path, const Hash& chain_id);

    /// Durable on success.
    Status append(const ChannelAccount& account);
    /// True when so much has been appended that `rewrite` with the accounts in use would make the file much
    /// smaller.
    bool wants_rewrite(std::size_t accounts) const;
    /// Puts these accounts in the place of all records, in one durable step.
    Status rewrite(std::span<const ChannelAccount> accounts);

  private:
    ChannelJournal(std::filesystem::path path, const Hash& chain_id, RecordFile file)
        : path_(std::move(path)), chain_id_(chain_id), file_(std::move(file)) {}

    std::filesystem::path path_;
    Hash chain_id_;
    RecordFile file_;
};

struct ChannelJournal::Opened {
    ChannelJournal journal;
    std::vector<ChannelAccount> accounts;  ///< one a channel
};

}  // namespace dure::node
