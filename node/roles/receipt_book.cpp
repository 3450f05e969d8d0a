#include "node/roles/receipt_book.h"

#include <utility>

namespace dure::node {

namespace {

/// About what one takes in memory.
std::size_t bytes_of(const ReceiptBook::Kept& kept) {
    std::size_t bytes = sizeof(kept) + sizeof(Hash) * 4 + kept.request.prompt.size() * sizeof(std::uint32_t);
    for (const auto& choice : kept.answer.choices)
        bytes += sizeof(choice) + choice.size() * sizeof(std::uint32_t);
    for (const auto& stop : kept.request.stops)
        bytes += sizeof(stop) + stop.size();
    return bytes;
}

}  // namespace

std::vector<ledger::AnswerChoice> empty_answer(std::size_t choices) {
    return std::vector<ledger::AnswerChoice>(choices,
                                             {.tokens = {}, .text = {}, .end = ledger::AnswerEnd::cut});
}

void add_part(std::vector<ledger::AnswerChoice>& answer, const RunPart& part) {
    ledger::AnswerChoice& choice = answer[part.choice];
    choice.tokens.insert(choice.tokens.end(), part.tokens.begin(), part.tokens.end());
    choice.text += part.text;
    if (!part.finish) return;
    choice.end =
        *part.finish == trainer::FinishReason::stop ? ledger::AnswerEnd::stop : ledger::AnswerEnd::length;
}

ledger::InferenceReceipt ReceiptBook::sign(ledger::InferenceRequest request,
                                           const std::vector<ledger::AnswerChoice>& answer,
                                           const PaidAnswerFacts& facts) {
    ledger::InferenceStatement statement;
    statement.chain_id = chain_id_;
    statement.server = key_.account();
    statement.payer = facts.payer;
    statement.payment = facts.payment;
    statement.prompt = request.prompt_hash();
    statement.sampling = request.sampling();
    statement.round = facts.checkpoint.round;
    statement.checkpoint = facts.checkpoint.root;
    statement.outcome = ledger::InferenceOutcome::of(answer);
    statement.input_tokens = facts.input_tokens;
    statement.output_tokens = facts.output_tokens;
    statement.cost = facts.cost;
    statement.spent = facts.spent;
    statement.height = facts.height;
    const Hash id = statement.id();
    const ledger::InferenceReceipt receipt{std::move(statement), key_.sign(id)};
    ledger::AnswerTokens tokens;
    for (const ledger::AnswerChoice& choice : answer)
        tokens.choices.emplace_back(choice.tokens);
    const auto [place, is_new] = kept_.try_emplace(id, Kept{receipt, std::move(request), std::move(tokens)});
    if (is_new) {
        order_.push_back(id);
        bytes_ += bytes_of(place->second);
    }
    while (bytes_ > max_bytes_)
        forget_oldest();
    return receipt;
}

const ReceiptBook::Kept* ReceiptBook::find(const Hash& receipt) const {
    const auto found = kept_.find(receipt);
    return found == kept_.end() ? nullptr : &found->second;
}

void ReceiptBook::forget_before(protocol::Height height) {
    while (!order_.empty() && kept_.at(order_.front()).receipt.statement.height < height)
        forget_oldest();
}

void ReceiptBook::forget_oldest() {
    const auto oldest = kept_.find(order_.front());
    bytes_ -= bytes_of(oldest->second);
    kept_.erase(oldest);
    order_.pop_front();
}

}  // namespace dure::node
