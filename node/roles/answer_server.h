// The server's part of a node: answers prompts with the newest decided checkpoint, for pay from channels.
//
// Promises: nothing is answered that a voucher does not cover; what an answer earned is on disk before the
// answer is given; each channel's earnings are drawn from the chain from time to time, and at once when the
// channel begins to close. A crash loses at most the vouchers of calls under way.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "node/chain/chain.h"
#include "node/roles/channel_book.h"
#include "node/roles/library.h"
#include "node/roles/submitter.h"
#include "node/roles/workshop.h"
#include "trainer/inference/generator.h"

namespace dure::node {

struct AnswerServerConfig {
    std::filesystem::path journal;  ///< file of the channels' accounts
    std::uint64_t settle_interval_blocks = 10;
    std::size_t max_waiting_calls = 32;
    std::uint32_t max_tokens_per_call = 512;
    std::size_t max_prompt_bytes = 64 * 1024;
};

struct Call {
    std::string prompt;
    trainer::SamplingParams params;
    std::optional<Voucher> voucher;
};

struct CallPrice {
    Coin input_token;
    Coin output_token;
    Coin cost_max;  ///< of this call
};

/// The call is not paid for: without a voucher, or with one that is refused for `problem`.
struct PaymentNeeded {
    CallPrice price;
    std::optional<VoucherProblem> problem;
};

struct CallAnswer {
    std::string text;
    trainer::FinishReason finish = trainer::FinishReason::length;
    std::uint64_t input_tokens = 0;
    std::uint64_t output_tokens = 0;
    ledger::CheckpointRecord checkpoint;  ///< what answered
    std::uint64_t seed = 0;
    Coin cost;
    ChannelAccount account;  ///< the channel after it
};

class AnswerServer {
  public:
    /// Errors: those of ChannelJournal::open.
    static Result<std::unique_ptr<AnswerServer>> open(boost::asio::io_context& io, Chain& chain,
                                                      Library& library, Workshop& workshop,
                                                      Submitter& submitter, AnswerServerConfig config);
    ~AnswerServer();
    AnswerServer(const AnswerServer&) = delete;
    AnswerServer& operator=(const AnswerServer&) = delete;

    void start();
    void stop();

    using Outcome = std::variant<CallAnswer, PaymentNeeded, Error>;
    /// Errors: `out_of_range` (the prompt or the parameters), `unavailable` (busy, or no checkpoint yet;
    /// nothing was charged), `conflict` (this node is not registered as a server).
    boost::asio::awaitable<Outcome> answer(Call call);

    std::optional<ChannelAccount> channel(const Hash& id) const;

  private:
    class Core;
    explicit AnswerServer(std::shared_ptr<Core> core);
    std::shared_ptr<Core> core_;
};

}  // namespace dure::node
