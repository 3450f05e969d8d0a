// dure verify: replays the answer that a server signed a receipt about, and says whether it is the same.
#include <iostream>
#include <memory>

#include "ledger/serving/receipt_cases.h"
#include "node/roles/library.h"
#include "tools/dure/await_here.h"
#include "tools/dure/commands.h"
#include "tools/dure/inference_check.h"
#include "tools/dure/known_answer.h"
#include "tools/dure/output.h"
#include "tools/dure/remote_state.h"
#include "trainer/kernels/kernels.h"

namespace dure::tools {

namespace {

namespace json = boost::json;

struct VerifyOptions {
    KnownAnswerOptions answer;
    unsigned threads = 1;
};

std::string token_text(const trainer::Tokenizer& tokenizer, std::optional<std::uint32_t> token) {
    if (!token) return "the end";
    const auto id = static_cast<trainer::Token>(*token);
    const bool is_known = *token < static_cast<std::uint32_t>(tokenizer.size());
    return std::to_string(*token) + (is_known ? " \"" + tokenizer.piece_bytes(id) + "\"" : " (unknown)");
}

std::string sentence_of(const InferenceCheck& check, const trainer::Tokenizer& tokenizer) {
    if (!check.fault.empty()) return "different: " + check.fault;
    if (check.same) return "same";
    if (!check.first) return "different: the replay gives another answer than the one that was signed";
    const FirstDifference& first = *check.first;
    return "different: choice " + std::to_string(first.choice) + ", token " + std::to_string(first.token) +
           ": the server says " + token_text(tokenizer, first.stated) + ", the replay gives " +
           token_text(tokenizer, first.replayed);
}

Status report(const KnownAnswer& known, const ledger::InferenceRequest& request, const InferenceCheck& check,
              const trainer::Tokenizer& tokenizer, bool as_json) {
    const ledger::InferenceStatement& said = known.receipt.statement;
    const std::string sentence = sentence_of(check, tokenizer);
    const trainer::Tokens prompt(request.prompt.begin(), request.prompt.end());
    if (as_json) {
        json::array texts;
        for (const ledger::AnswerChoice& choice : check.replayed)
            texts.emplace_back(choice.text);
        json::value first = nullptr;
        if (check.first) first = json::object{{"choice", check.first->choice}, {"token", check.first->token}};
        std::cout << pretty(json::object{{"receipt", known.receipt.id().hex()},
                                         {"server", said.server.address()},
                                         {"same", check.is_true()},
                                         {"verdict", sentence},
                                         {"first_difference", std::move(first)},
                                         {"replayed", std::move(texts)}});
    } else {
        std::cout << "receipt " << known.receipt.id().hex() << "\nby " << said.server.address()
                  << "\nwith the checkpoint of round " << to_text(said.round) << ", "
                  << shorten(said.checkpoint.hex()) << "\nfor " << to_text(said.cost)
                  << " DURE: " << said.input_tokens << " + " << said.output_tokens << " tokens\nprompt "
                  << tokenizer.decode(prompt) << "\n\n"
                  << sentence << "\n";
    }
    if (check.is_true()) return {};
    return Error{ErrorCode::corrupt, "the receipt is false; dure report tells the chain"};
}

Status verify_receipt(const VerifyOptions& options, const SharedOptions& shared) {
    DURE_TRY(Api api, Api::open(shared.node));
    DURE_TRY(const KnownAnswer known, read_answer(options.answer, api));
    DURE_TRY(const ledger::Genesis genesis, fetch_genesis(api));
    const ledger::InferenceStatement& said = known.receipt.statement;
    if (said.chain_id != genesis.chain_id())
        return Error{ErrorCode::invalid, "the receipt is of another chain, " + said.chain_id.hex()};
    const RemoteState state(api);
    RemoteBlobs blobs(api);
    try {
        const auto record = ledger::known_checkpoint(state, said.round, said.checkpoint);
        if (!record) {
            return Error{ErrorCode::corrupt, "the receipt is false: round " + to_text(said.round) +
                                                 " made no checkpoint " + said.checkpoint.hex()};
        }
        DURE_TRY(const auto library, node::Library::create(blobs, genesis, {.has_thread = false}));
        DURE_TRY(const auto tokenizer, await_here(library->tokenizer()));
        DURE_TRY(const ledger::InferenceRequest request, request_of(options.answer, known, *tokenizer));
        DURE_TRY(const auto checkpoint, await_here(library->checkpoint(*record)));
        trainer::ThreadPool pool(static_cast<int>(options.threads));
        const auto kernels = trainer::make_kernels(trainer::best_isa(), pool);
        DURE_TRY(const InferenceCheck check,
                 check_inference(*kernels, *checkpoint, *tokenizer, known.receipt, request, known.answer));
        return report(known, request, check, *tokenizer, shared.json);
    } catch (const StateUnreachable& failure) {
        return failure.error;
    }
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
