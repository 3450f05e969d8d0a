// dure claim: the fees that one's shares have earned, to one's balance.
#include <memory>

#include "tools/dure/commands.h"
#include "tools/dure/signing.h"

namespace dure::tools {

void add_claim(Program& program) {
    const auto options = std::make_shared<SigningOptions>();
    CLI::App& command =
        program.command(nullptr, "claim", "move the fees that your shares have earned to your balance",
                        {"dure claim", "dure claim --from savings"},
                        "Whole grains move; what is less than a grain stays owed to you.");
    add_signing_options(command, *options);
    const SharedOptions& shared = program.options();
    program.action(command, [options, &shared]() -> Status {
        DURE_TRY(Sender sender, open_sender(*options, shared));
        const std::string path = "/v1/accounts/" + sender.key.account().address();
        DURE_TRY(const boost::json::value before, sender.api.get(path));
        return send_and_report(sender, ledger::ClaimRewards{},
                               "Claimed " + text_at(before, "pending_dure") + " DURE of fees", shared);
    });
}

}  // namespace dure::tools
