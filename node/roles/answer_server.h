// The server's part of a node: answers prompts with the newest decided checkpoint, for pay from channels, many calls
// at once.
//
// Promises: nothing is delivered that is not covered. A streamed answer whose cover runs out pauses, says so, and goes on
// when a higher voucher has come, from wherever; other calls begin only if they are covered whole. An answer costs what
// was delivered of it; what it earned is on disk before its end is given. A crash loses at most the vouchers of calls
// under way. Payers take turns when there is more to do than can be done at once. Not here: channels and settlements
// (payment_desk.h).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "node/chain/chain.h"
#include "node/roles/answer_desk.h"
#include "node/roles/call.h"
#include "node/roles/library.h"
#include "node/roles/payment_desk.h"
#include "node/roles/receipt_book.h"
#include "node/roles/roles.h"
#include "node/roles/submitter.h"
#include "node/roles/workshop.h"

namespace dure::node {

struct AnswerServerConfig {
    PaymentDeskConfig payments;
    std::uint32_t max_running_calls = 16;  ///< answered at the same time
    std::uint32_t max_waiting_calls = 32;
    std::uint32_t max_calls_per_payer = 16;                ///< running and waiting
    std::chrono::milliseconds cover_patience{60'000};      ///< with a stream whose cover has run out
    std::chrono::milliseconds turn_patience{120'000};      ///< of calls that wait for their turn
    std::uint64_t cache_bytes = std::uint64_t{256} << 20;  ///< of keys and values; at least one call's
    std::uint32_t max_tokens_per_call = 512;
    std::size_t max_prompt_bytes = 64 * 1024;
    AnswerTeller tell{};  ///< a test's joint; none: pieces are delivered, and signed, as the model gave them
};

/// The call is not paid for: without a voucher, or with one that is refused for `problem`.
struct PaymentNeeded {
    CallPrice price;
    std::optional<VoucherProblem> problem;
};

/// Since the start, but for what is now.
struct AnswerCounters {
    std::uint64_t calls_paid = 0;    ///< that have ended and cost something
    std::uint64_t input_tokens = 0;  ///< of them
    std::uint64_t output_tokens = 0;
    Coin earned;
    std::uint64_t under_way = 0;  ///< now
    std::uint64_t waiting = 0;    ///< now, of these answers, for their turn
};

/// Too many calls of this payer are under way.
struct TooManyCalls {
    std::string message;
};

/// A streamed answer waits for a voucher.
struct CoverNeeded {
    Hash channel;
    Coin required;  ///< a voucher over so much lets it go on
    Coin complete;  ///< and one over so much to its end
    Coin accepted;  ///< the best one held
    Coin deposit;
};

/// What a call has cost, at its end.
struct CallTotal {
    std::uint64_t input_tokens = 0;
    std::uint64_t output_tokens = 0;
    Coin cost;
    Account payer;
    ChannelAccount account;  ///< the channel after it; of a call paid by a transaction only the sums count
    std::optional<Hash> transaction;                    ///< that paid the call on its own
    bool uncovered = false;                             ///< the answer was cut where its cover ended
    std::optional<ledger::InferenceReceipt> receipt{};  ///< none for a prompt longer than a receipt's may be
};

using AnswerEvent = std::variant<RunPart, CoverNeeded>;

class AnswerStream;

class AnswerServer {
  public:
    /// Errors: those of PaymentDesk::open.
    static Result<std::unique_ptr<AnswerServer>> open(boost::asio::io_context& io, Chain& chain,
                                                      Library& library, Workshop& workshop,
                                                      Submitter& submitter, const SecretKey& key,
                                                      AnswerServerConfig config);
    ~AnswerServer();
    AnswerServer(const AnswerServer&) = delete;
    AnswerServer& operator=(const AnswerServer&) = delete;

    void start();
    void stop();

    using Outcome = std::variant<std::unique_ptr<AnswerStream>, PaymentNeeded, TooManyCalls, Error>;
    /// Begins to answer; without a payment says what it costs. Errors: `out_of_range` (the prompt or the parameters),
    /// `unavailable` (busy, no checkpoint yet, or not registered and bonded as a server yet; nothing was charged).
    boost::asio::awaitable<Outcome> begin(Call call);

    PaymentDesk& payments();
    const AnswerServerConfig& config() const;
    /// What answers now; none before the first checkpoint is loaded.
    const AnswerModel* model() const;
    /// A receipt that this server signed not long ago, with its request and the answer's tokens.
    std::optional<ReceiptBook::Kept> receipt(const Hash& id) const;
    AnswerCounters counters() const;

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

    /// The next piece, or that it waits for cover (then asking again waits for that, for a while); none at the end, when
    /// the call is charged and that is on disk. Asking says that the piece before was delivered. Errors: `unavailable`
    /// (the node is stopping, or the call's turn did not come), `invalid`, `io`; then the call ends.
    boost::asio::awaitable<Result<std::optional<AnswerEvent>>> next();
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
