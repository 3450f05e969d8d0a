// A wallet: a folder of key files, NAME.key each, one of them the default. Files are made for their owner
// only (0600), written whole or not at all, and never overwritten.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/key_file.h"
#include "base/keys.h"
#include "base/result.h"
#include "tools/dure/program.h"

namespace dure::tools {

/// Asks for a wallet's password; called only when one is needed.
using PasswordSource = std::function<Result<std::string>(const std::string& what_for)>;

/// The password from --password-file, DURE_PASSWORD or the terminal (without echo), in this order. Errors:
/// `io` for an unreadable file, `unauthorized` where there is no way to ask.
PasswordSource password_source(const SharedOptions& options);

class Wallet {
  public:
    explicit Wallet(std::filesystem::path folder) : folder_(std::move(folder)) {}

    struct Entry {
        std::string name;
        Account account;
        bool locked = false;  ///< by a password
        bool is_default = false;
    };

    /// By name. A missing folder is an empty wallet. Errors: `io`, `malformed` for a damaged key file, with
    /// its name.
    Result<std::vector<Entry>> list() const;
    /// The named key, or the default one for an empty name. Errors: `not_found`, naming what there is.
    Result<Entry> find(const std::string& name) const;
    Result<SecretKey> unlock(const std::string& name, const PasswordSource& password) const;

    /// Stores a key; the wallet's first one becomes its default. Errors: `duplicate` for a name that is
    /// taken, `malformed` for one that is no plain word, `io`.
    Status add(const std::string& name, const KeyFile& key);
    Status set_default(const std::string& name);

    const std::filesystem::path& folder() const { return folder_; }

  private:
    std::filesystem::path file_of(const std::string& name) const { return folder_ / (name + ".key"); }
    std::filesystem::path folder_;
};

/// An account given as an address (dure1…) or as the name of a wallet's key.
Result<Account> account_from(const Wallet& wallet, const std::string& text);

/// Writes a file for its owner only, whole or not at all; refuses to replace one. Errors: `duplicate`, `io`.
Status write_private_file(const std::filesystem::path& file, std::string_view text);
/// The same, but in place of what is there.
Status replace_private_file(const std::filesystem::path& file, std::string_view text);
/// Errors: `not_found`, `io`, `out_of_range` above `max_bytes`.
Result<std::string> read_file(const std::filesystem::path& file, std::size_t max_bytes);

}  // namespace dure::tools
