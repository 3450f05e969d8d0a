// What every command that sends a transaction has in common: which key signs (--from), what it pays (--fee),
// and what it prints.
#pragma once

#include <string>

#include "base/keys.h"
#include "base/money.h"
#include "base/result.h"
#include "ledger/transactions/payload.h"
#include "tools/dure/api.h"
#include "tools/dure/program.h"

namespace dure::tools {

struct SigningOptions {
    std::string from;  ///< name of a key of the wallet; empty: the default one
    std::string fee = "0.00001";
};

void add_signing_options(CLI::App& command, SigningOptions& options);

/// A key and a node to send with.
struct Sender {
    SecretKey key;
    Api api;
    Coin fee;
};

/// Errors: `malformed` (fee, URL), `not_found` (key), `unauthorized` (password).
Result<Sender> open_sender(const SigningOptions& signing, const SharedOptions& shared);

/// Sends, waits until final and prints `sentence` with where it stands (or the receipt, with --json).
Status send_and_report(Sender& sender, const ledger::Payload& payload, const std::string& sentence,
                       const SharedOptions& shared);

}  // namespace dure::tools
