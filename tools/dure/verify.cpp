// dure verify: replays the answer that a server signed a receipt about, and says whether it is the same.
#include <iostream>
#include <memory>

#include "tools/dure/answer_verifier.h"
#include "tools/dure/commands.h"
#include "tools/dure/output.h"

namespace dure::tools {

namespace {

namespace json = boost::json;

struct VerifyOptions {
    KnownAnswerOptions answer;
    unsigned threads = 1;
};

Status report(const KnownAnswer& known, const ledger::InferenceRequest& request, const ReplayVerdict& verdict,
              const trainer::Tokenizer& tokenizer, bool as_json) {
    const ledger::InferenceStatement& said = known.receipt.statement;
    const InferenceCheck& check = verdict.check;
    const trainer::Tokens prompt(request.prompt.begin(), request.prompt.end());
    if (as_json) {
        json::array texts;
        for (const ledger::AnswerChoice& choice : check.replayed)
            texts.emplace_back(choice.text);
        json::value first = nullptr;
        if (check.first) first = json::object{{"choice", check.first->choice}, {"token", check.first->token}};
        std::cout << pretty(json::object{{"receipt", known.receipt.id().hex()},
                                         {"server", said.server.address()},
                                         {"same", verdict.is_true},
                                         {"verdict", verdict.sentence},
                                         {"first_difference", std::move(first)},
                                         {"replayed", std::move(texts)}});
    } else {
        std::cout << "receipt " << known.receipt.id().hex() << "\nby " << said.server.address()
                  << "\nwith the checkpoint of round " << to_text(said.round) << ", "
                  << shorten(said.checkpoint.hex()) << "\nfor " << to_text(said.cost)
                  << " DURE: " << said.input_tokens << " + " << said.output_tokens << " tokens\nprompt "
                  << tokenizer.decode(prompt) << "\n\n"
                  << verdict.sentence << "\n";
    }
    if (verdict.is_true) return {};
    return Error{ErrorCode::corrupt, "the receipt is false; dure report tells the chain"};
}

Status verify_receipt(const VerifyOptions& options, const SharedOptions& shared) {
    DURE_TRY(Api api, Api::open(shared.node));
    DURE_TRY(const KnownAnswer known, read_answer(options.answer, api));
    DURE_TRY(const auto verifier, AnswerVerifier::open(api, options.threads));
    DURE_TRY(const auto tokenizer, verifier->tokenizer());
    DURE_TRY(const ledger::InferenceRequest request, request_of(options.answer, known, *tokenizer));
    DURE_TRY(const ReplayVerdict verdict, verifier->verify(known, request));
    return report(known, request, verdict, *tokenizer, shared.json);
}

}  // namespace

void add_verify(Program& program) {
    const auto options = std::make_shared<VerifyOptions>();
    CLI::App& command = program.command(
        nullptr, "verify", "replay an answer and compare it with its receipt",
        {"dure verify 5f3a...", "dure verify answer.json", "dure verify receipt.txt --prompt \"두레는\""},
        "Answers the request again on this machine, with the checkpoint that the receipt names, and says "
        "\"same\" or "
        "\"different\"\nand where they part. Exits with 1 if the receipt is false. The request comes from "
        "the server, "
        "from a file, or\nfrom the prompt as you sent it.");
    add_answer_options(command, options->answer);
    command.add_option("--threads", options->threads, "threads to use")
        ->capture_default_str()
        ->check(CLI::Range(1, 1024));
    const SharedOptions& shared = program.options();
    program.action(command, [options, &shared] { return verify_receipt(*options, shared); });
}

}  // namespace dure::tools
