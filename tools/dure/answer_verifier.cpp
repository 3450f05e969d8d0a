#include "tools/dure/answer_verifier.h"

#include "ledger/serving/receipt_cases.h"
#include "tools/dure/await_here.h"

namespace dure::tools {

namespace {

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

}  // namespace

AnswerVerifier::AnswerVerifier(Api& api, ledger::Genesis genesis, unsigned threads)
    : api_(api),
      genesis_(std::move(genesis)),
      blobs_(api),
      pool_(static_cast<int>(threads)),
      kernels_(trainer::make_kernels(trainer::best_isa(), pool_)) {}

Result<std::unique_ptr<AnswerVerifier>> AnswerVerifier::open(Api& api, unsigned threads) {
    DURE_TRY(ledger::Genesis genesis, fetch_genesis(api));
    std::unique_ptr<AnswerVerifier> verifier(new AnswerVerifier(api, std::move(genesis), threads));
    DURE_TRY(verifier->library_,
             node::Library::create(verifier->blobs_, verifier->genesis_, {.has_thread = false}));
    return verifier;
}

Result<node::Library::TokenizerPtr> AnswerVerifier::tokenizer() {
    return await_here(library_->tokenizer());
}

Result<ReplayVerdict> AnswerVerifier::verify(const KnownAnswer& known,
                                             const ledger::InferenceRequest& request,
                                             const std::function<bool()>& go_on) {
    const ledger::InferenceStatement& said = known.receipt.statement;
    if (said.chain_id != genesis_.chain_id())
        return Error{ErrorCode::invalid, "the receipt is of another chain, " + said.chain_id.hex()};
    std::optional<ledger::CheckpointRecord> record;
    try {
        record = ledger::known_checkpoint(RemoteState(api_), said.round, said.checkpoint);
    } catch (const StateUnreachable& failure) {
        return failure.error;
    }
    if (!record) {
        return ReplayVerdict{
            false,
            "different: round " + to_text(said.round) + " made no checkpoint " + said.checkpoint.hex(),
            {}};
    }
    DURE_TRY(const auto words, tokenizer());
    DURE_TRY(const auto checkpoint, await_here(library_->checkpoint(*record)));
    DURE_TRY(InferenceCheck check,
             check_inference(*kernels_, *checkpoint, *words, known.receipt, request, known.answer, go_on));
    return ReplayVerdict{check.is_true(), sentence_of(check, *words), std::move(check)};
}

}  // namespace dure::tools
