// The server's part of a node: answers prompts with the newest decided checkpoint, for pay from channels, many calls
// at once.
//
// Promises: nothing is answered that a voucher does not cover: what a call may cost at most is reserved before it
// begins. An answer costs what was delivered of it; what it earned is on disk before its end is given. Each channel's
// earnings are drawn from the chain from time to time, and at once when the channel begins to close. A crash loses at
// most the vouchers of calls under way.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "node/chain/chain.h"
#include "node/roles/answer_desk.h"
#include "node/roles/channel_book.h"
#include "node/roles/library.h"
#include "node/roles/submitter.h"
#include "node/roles/workshop.h"
#include "trainer/inference/sampling.h"

namespace dure::node {

struct AnswerServerConfig {
    std::filesystem::path journal;  ///< file of the channels' accounts
    std::uint64_t settle_interval_blocks = 10;
    std::uint32_t max_running_calls = 16;  ///< answered at the same time
    std::uint32_t max_waiting_calls = 32;
    std::uint64_t cache_bytes = std::uint64_t{256} << 20;  ///< of keys and values; at least one call's
    std::uint32_t max_tokens_per_call = 512;
    std::size_t max_prompt_bytes = 64 * 1024;
};

inline constexpr std::uint32_t k_max_choices = 8;

struct Call {
    std::string prompt;
    trainer::SamplingParams params;
    std::vector<std::string> stops;
    std::optional<std::uint32_t> log_probabilities;  ///< as in trainer::EngineRequest
    std::uint32_t choices = 1;  ///< answers with the seeds params.seed, + 1, ..; each is paid with its prompt
    std::optional<Voucher> voucher;
};

struct CallPrice {
    Coin input_token;
    Coin output_token;
    Coin cost_start;  ///< covered, the call may begin
    Coin cost_max;    ///< of the whole call
};

/// The call is not paid for: without a voucher, or with one that is refused for `problem`.
struct PaymentNeeded {
    CallPrice price;
    std::optional<VoucherProblem> problem;
};

/// What a call has cost, at its end.
struct CallTotal {
    std::uint64_t input_tokens = 0;
    std::uint64_t output_tokens = 0;
    Coin cost;
    ChannelAccount account;  ///< the channel after it
};

class AnswerStream;

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

    using Outcome = std::variant<std::unique_ptr<AnswerStream>, PaymentNeeded, Error>;
    /// Begins to answer. Errors: `out_of_range` (the prompt or the parameters), `unavailable` (busy, or no
    /// checkpoint yet; nothing was charged), `conflict` (this node is not registered as a server).
    boost::asio::awaitable<Outcome> begin(Call call);

    std::optional<ChannelAccount> channel(const Hash& id) const;

  private:
    friend class AnswerStream;
    class Core;
    explicit AnswerServer(std::shared_ptr<Core> core);
    std::shared_ptr<Core> core_;
};

/// A paid call under way. Dropping it before its end charges what was delivered until then; nothing, if that is
/// nothing.
class AnswerStream {
  public:
    ~AnswerStream();
    AnswerStream(const AnswerStream&) = delete;
    AnswerStream& operator=(const AnswerStream&) = delete;

    const ledger::CheckpointRecord& checkpoint() const;  ///< what answers
    const trainer::Tokenizer& tokenizer() const;         ///< its tokens' meaning
    std::uint64_t seed() const;
    std::size_t choices() const;
    bool at_line_start() const;  ///< whether the answer begins a line

    /// The next piece; none at the end, when the call is charged and that is on disk. Asking for a piece says that the
    /// one before was delivered. Errors: `unavailable` (the node is stopping), `invalid`, `io`; then the call ends.
    boost::asio::awaitable<Result<std::optional<RunPart>>> next();
    /// After the end.
    const CallTotal& total() const;

  private:
    friend class AnswerServer;
    struct State;
    AnswerStream(std::shared_ptr<AnswerServer::Core> core, std::unique_ptr<State> state);
    std::shared_ptr<AnswerServer::Core> core_;
    std::unique_ptr<State> state_;
};

}  // namespace dure::node
