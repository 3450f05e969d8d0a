// What commands that pay have in common: the options, the wallet's key unlocked once, and the book held against other
// programs.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tools/dure/paying/channel_book.h"
#include "tools/dure/paying/payer.h"
#include "tools/dure/signing.h"

namespace dure::tools {

struct PayingOptions {
    SigningOptions signing;
    std::vector<std::string> servers;
    std::string deposit = "0.1";
    std::string per_call;  ///< in DURE; empty: as the wallet keeps it
    std::string per_day;
};

/// --from, --fee, --server, --deposit, --per-call (also --max-cost) and --per-day.
void add_paying_options(CLI::App& command, PayingOptions& options);

/// A key with the book that it pays by.
struct Purse {
    SecretKey key;
    std::unique_ptr<ChannelBook> book;  ///< stays where it is
    PayerOptions options;
};

/// Errors: `malformed` (an amount, a URL), `not_found` (the key), `unauthorized` (its password), `unavailable` (another
/// program pays out of this wallet).
Result<Purse> open_purse(const PayingOptions& options, const SharedOptions& shared,
                         const std::string& program);

}  // namespace dure::tools
