// The book of one's payment channels, kept in the wallet's folder with the budget and with the servers that were caught
// lying: what a program that pays must not forget.
//
// Promises: what `save` wrote survives a crash; one program at a time pays out of a wallet (`lock`).
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/keys.h"
#include "base/money.h"
#include "base/result.h"
#include "node/storage/files.h"
#include "tools/dure/paying/budget.h"

namespace dure::tools {

/// One's own view of a channel that one pays through.
struct OwnChannel {
    Hash chain_id;
    Account payer;
    Account server;
    Hash id;
    Coin deposit;
    Coin spent;      ///< by the receipts so far
    Coin promised;   ///< by the highest voucher so far
    Coin uncertain;  ///< what calls without a receipt may have cost beside `spent`
    /// Its opening was sent and was not seen final yet; it cannot become so after this height.
    std::optional<std::uint64_t> opens_until{};
    bool closing = false;  ///< pays no more; what is left can be withdrawn

    friend bool operator==(const OwnChannel&, const OwnChannel&) = default;
};

class ChannelBook {
  public:
    /// Reads FOLDER/channels.json; a missing file is an empty book. Errors: `corrupt`, `io`.
    static Result<ChannelBook> open(const std::filesystem::path& folder);
    /// The same for a program that pays, held against others while the book lives. Errors: also `unavailable`, naming the
    /// program that has it.
    static Result<ChannelBook> open_to_pay(const std::filesystem::path& folder, const std::string& program);

    /// The one that pays this server; none that is closing.
    OwnChannel* find(const Hash& chain_id, const Account& payer, const Account& server);
    OwnChannel* find(const Hash& id);
    const std::vector<OwnChannel>& channels() const { return channels_; }
    void add(OwnChannel channel) { channels_.push_back(std::move(channel)); }
    void forget(const Hash& id);

    Budget budget;
    /// Servers that are not used again, with the reason.
    std::map<Account, std::string> distrusted;

    const std::filesystem::path& file() const { return file_; }
    /// What `save` writes.
    std::string text() const;
    /// Writes the book durably. Errors: `io`.
    Status save() const { return save_text(file_, text()); }
    static Status save_text(const std::filesystem::path& file, std::string_view text);

  private:
    explicit ChannelBook(std::filesystem::path file) : file_(std::move(file)) {}
    std::filesystem::path file_;
    std::vector<OwnChannel> channels_;
    node::File lock_;
};

}  // namespace dure::tools
