// A server without a chain: answers requests on a desk with a model, and signs receipts about them.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "node/roles/answer_desk.h"
#include "node/roles/inference_replay.h"
#include "node/roles/receipt_book.h"
#include "tests/trainer/inference/sample_tokenizer.h"
#include "tests/trainer/support.h"
#include "trainer/rounds/checkpoint.h"

namespace dure::node::testing {

/// A model that was never trained, yet has opinions: another for each seed.
inline Library::CheckpointPtr opinionated_model(std::uint64_t seed) {
    trainer::ModelConfig config = trainer::testing::tiny_model();
    config.vocab = config.active_vocab = trainer::testing::sample_tokenizer().size();
    auto checkpoint = trainer::initial_checkpoint(config, seed);
    EXPECT_TRUE(checkpoint);
    trainer::testing::Numbers numbers(seed);
    for (float& p : checkpoint->parameters)
        p += 0.5F * numbers.unit();
    return std::make_shared<const trainer::Checkpoint>(std::move(*checkpoint));
}

struct AskedFor {
    std::string prompt = "농부가 논에서";
    float temperature = 0.0F;
    float top_p = 1.0F;
    std::uint32_t top_k = 0;
    std::uint64_t seed = 0;
    std::uint32_t max_tokens = 20;
    std::uint32_t choices = 1;
    std::vector<std::string> stops{};
};

inline ledger::InferenceRequest request_of(const AskedFor& asked) {
    const auto prompt = prompt_tokens(trainer::testing::sample_tokenizer(), asked.prompt);
    EXPECT_TRUE(prompt);
    trainer::SamplingParams params;
    params.temperature = trainer::Float32(asked.temperature);
    params.top_p = trainer::Float32(asked.top_p);
    params.top_k = asked.top_k;
    params.seed = asked.seed;
    params.max_tokens = asked.max_tokens;
    params.stop_tokens = {trainer::k_end_token};
    return *canonical_request(*prompt, params, asked.stops, asked.choices);
}

/// Answers on a desk on which others are answered, too. `pieces`: no more than so many are handed out.
inline std::vector<ledger::AnswerChoice> answer(const Library::CheckpointPtr& model,
                                                const ledger::InferenceRequest& request,
                                                std::size_t pieces = 1'000'000,
                                                trainer::Isa isa = trainer::best_isa()) {
    boost::asio::io_context io;
    const trainer::testing::Machine machine(isa, 1);
    InlineWorkshop workshop(io, *machine.kernels);
    AnswerDesk desk(io, workshop, {});
    AnswerModel in_use;
    in_use.checkpoint = model;
    in_use.tokenizer =
        Library::TokenizerPtr(&trainer::testing::sample_tokenizer(), [](const trainer::Tokenizer*) {});
    desk.use(in_use);
    AskedFor neighbour;
    neighbour.prompt = "할머니가 마당에서 노래를";
    neighbour.temperature = 1.0F;
    neighbour.choices = 3;
    const auto other = desk.begin(engine_requests(request_of(neighbour)), {});
    auto run = desk.begin(engine_requests(request), {});
    EXPECT_TRUE(other && run);
    std::vector<ledger::AnswerChoice> gathered = empty_answer(request.choices);
    const auto gather = [](AnswerRun* from, std::size_t most,
                           std::vector<ledger::AnswerChoice>* into) -> boost::asio::awaitable<void> {
        for (std::size_t taken = 0; taken < most; ++taken) {
            const auto part = co_await from->next();
            EXPECT_TRUE(part);
            if (!part || !*part) break;
            add_part(*into, **part);
        }
    };
    boost::asio::co_spawn(io, gather(run->get(), pieces, &gathered), boost::asio::detached);
    io.run();
    return gathered;
}

/// The receipt of an answer, as an honest server writes it.
inline ledger::InferenceReceipt signed_receipt(const SecretKey& server, const Hash& chain_id,
                                               const Account& payer,
                                               const ledger::CheckpointRecord& checkpoint,
                                               const ledger::InferenceRequest& request,
                                               const std::vector<ledger::AnswerChoice>& answered, Coin cost,
                                               protocol::Height height) {
    ReceiptBook book(server, chain_id);
    std::uint64_t output = 0;
    for (const ledger::AnswerChoice& choice : answered)
        output += choice.tokens.size();
    return book.sign(request, answered,
                     {.payer = payer,
                      .payment = {},
                      .checkpoint = checkpoint,
                      .input_tokens = request.prompt.size() * request.choices,
                      .output_tokens = output,
                      .cost = cost,
                      .spent = cost,
                      .height = height});
}

}  // namespace dure::node::testing
