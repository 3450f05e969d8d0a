// dure report: tells the chain that a server's receipt is false.
#include <iostream>
#include <memory>

#include "node/roles/library.h"
#include "tools/dure/await_here.h"
#include "tools/dure/commands.h"
#include "tools/dure/known_answer.h"
#include "tools/dure/output.h"
#include "tools/dure/remote_state.h"
#include "tools/dure/signing.h"

namespace dure::tools {

namespace {

struct ReportOptions {
    KnownAnswerOptions answer;
    bool reveal = false;
    SigningOptions signing;
};

Status report(const ReportOptions& options, const SharedOptions& shared) {
    if (!options.reveal) {
        return Error{ErrorCode::out_of_range,
                     "reporting puts the prompt on the chain, where everybody can read it for ever; say "
                     "--reveal-prompt "
                     "if you mean it"};
    }
    DURE_TRY(Sender sender, open_sender(options.signing, shared));
    DURE_TRY(const KnownAnswer known, read_answer(options.answer, sender.api));
    DURE_TRY(const ledger::Genesis genesis, fetch_genesis(sender.api));
    RemoteBlobs blobs(sender.api);
    DURE_TRY(const auto library, node::Library::create(blobs, genesis, {.has_thread = false}));
    DURE_TRY(const auto tokenizer, await_here(library->tokenizer()));
    DURE_TRY(const ledger::InferenceRequest request, request_of(options.answer, known, *tokenizer));
    return send_and_report(sender, ledger::ReportReceipt{known.receipt, request},
                           "Reported receipt " + known.receipt.id().hex() +
                               "; a committee replays it, see GET /v1/reported/" + known.receipt.id().hex() +
                               ", which also says what you deposited",
                           shared);
}

}  // namespace

void add_report(Program& program) {
    const auto options = std::make_shared<ReportOptions>();
    CLI::App& command = program.command(nullptr, "report", "tell the chain that a server's receipt is false",
                                        {"dure report answer.json --reveal-prompt",
                                         "dure report receipt.txt --prompt \"두레는\" --reveal-prompt"},
                                        "A drawn committee replays the answer. If the receipt is false you "
                                        "get your cost back out of the server's bond, "
                                        "the\ndeposit, and a part of the penalty; if it is true the deposit "
                                        "is lost: run dure verify first. The prompt is "
                                        "public\nfrom then on.");
    add_answer_options(command, options->answer);
    command.add_flag("--reveal-prompt", options->reveal, "yes, the prompt may be read by everybody");
    add_signing_options(command, options->signing);
    const SharedOptions& shared = program.options();
    program.action(command, [options, &shared] { return report(*options, shared); });
}

}  // namespace dure::tools
