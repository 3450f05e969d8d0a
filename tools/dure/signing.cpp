#include "tools/dure/signing.h"

#include <iostream>

#include "tools/dure/output.h"
#include "tools/dure/wallet.h"

namespace dure::tools {

void add_signing_options(CLI::App& command, SigningOptions& options) {
    command
        .add_option("--from", options.from, "the wallet's key that signs and pays (none: the default one)")
        ->type_name("NAME");
    command.add_option("--fee", options.fee, "the transaction's fee in DURE")
        ->capture_default_str()
        ->type_name("AMOUNT");
}

Result<Sender> open_sender(const SigningOptions& signing, const SharedOptions& shared) {
    auto fee = coin_from_text(signing.fee);
    if (!fee) return with_context(fee.error(), "--fee");
    DURE_TRY(Api api, Api::open(shared.node));
    DURE_TRY(SecretKey key, Wallet(shared.wallet).unlock(signing.from, password_source(shared)));
    return Sender{std::move(key), std::move(api), *fee};
}

Status send_and_report(Sender& sender, const ledger::Payload& payload, const std::string& sentence,
                       const SharedOptions& shared) {
    DURE_TRY(const Receipt receipt, sender.api.send(sender.key, payload, sender.fee));
    if (shared.json) {
        std::cout << pretty(receipt.answer);
    } else {
        std::cout << sentence << "\nfinal in block " << receipt.height << ", transaction " << receipt.id
                  << "\n";
    }
    return {};
}

}  // namespace dure::tools
