#include "node/roles/answer_server.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <set>

#include "ledger/execution.h"
#include "ledger/views.h"
#include "node/blobs/offload.h"
#include "node/roles/channel_journal.h"
#include "trainer/text/normalize.h"

namespace dure::node {

namespace asio = boost::asio;

namespace {

std::optional<Coin> cost_of(std::uint64_t input_tokens, std::uint64_t output_tokens, Coin input_price,
                            Coin output_price) {
    const Uint128 cost = static_cast<Uint128>(input_tokens) * input_price.value +
                         static_cast<Uint128>(output_tokens) * output_price.value;
    if (cost > k_max_supply) return std::nullopt;
    return Coin{static_cast<std::uint64_t>(cost)};
}

/// For at least one call of the greatest length, and no more than all that run at once can use.
trainer::EngineLimits engine_limits(const AnswerServerConfig& config, const trainer::ModelConfig& model) {
    trainer::EngineLimits limits;
    limits.max_running = config.max_running_calls;
    limits.max_waiting = config.max_waiting_calls;
    limits.batch_tokens = std::max(limits.batch_tokens, limits.max_running);
    const std::uint64_t position_bytes =
        std::uint64_t{2} * sizeof(float) * model.layers * model.kv_heads * model.head_dim;
    const std::uint64_t positions = std::min<std::uint64_t>(
        config.cache_bytes / position_bytes, std::uint64_t{limits.max_running} * model.max_sequence);
    limits.cache_positions =
        static_cast<std::int64_t>(std::max<std::uint64_t>(positions, model.max_sequence));
    return limits;
}

/// A prompt in normal form, but without the line feed that normalizing adds: the answer goes on in the same
/// line.
Result<std::string> prompt_text(const std::string& prompt) {
    DURE_TRY(std::string text, trainer::normalize_text(prompt));
    if (!text.empty() && text.back() == '\n' && !prompt.empty() && prompt.back() != '\n') text.pop_back();
    if (text.empty()) return Error{ErrorCode::out_of_range, "the prompt is empty"};
    return text;
}

}  // namespace

struct AnswerStream::State {
    std::unique_ptr<AnswerRun> run;  ///< none once the call has ended
    AnswerModel model;
    CallPrice price;
    ChannelBook::Reservation reservation;
    std::uint64_t seed = 0;
    std::size_t choices = 1;
    bool at_line_start = false;
    std::uint64_t prompt_tokens = 0;  ///< of all choices
    std::uint64_t delivered = 0;      ///< tokens of answers
    bool anything_delivered = false;
    std::optional<std::uint64_t> handed_out;  ///< tokens of the piece that is not known to be delivered
    CallTotal total;
};

class AnswerServer::Core : public std::enable_shared_from_this<Core> {
  public:
    Core(asio::io_context& io, Chain& chain, Library& library, Workshop& workshop, Submitter& submitter,
         AnswerServerConfig config, ChannelJournal::Opened opened)
        : io_(io),
          chain_(chain),
          library_(library),
          submitter_(submitter),
          config_(std::move(config)),
          journal_(std::move(opened.journal)),
          book_(chain.chain_id(), submitter.account()),
          desk_(io, workshop, AnswerDeskConfig{engine_limits(config_, library.first_shape())}),
          disk_(1) {
        for (const ChannelAccount& account : opened.accounts)
            book_.restore(account);
    }

    void start() {
        handle_ =
            chain_.on_final([this](const protocol::Block&, const ledger::BlockOutcome&) { see_block(); });
        see_block();
    }

    void stop() {
        if (stopped_) return;
        while (!calls_.empty())
            break_off(**calls_.begin());
        stopped_ = true;
        chain_.off(handle_);
        desk_.close();
        disk_.join();
    }

    asio::awaitable<Outcome> begin(Call call) {
        const auto self = shared_from_this();
        const auto peer = ledger::peer(chain_.state(), submitter_.account());
        if (!peer || !peer->record.is(ledger::k_role_server)) {
            co_return Error{ErrorCode::conflict,
                            "this node is not registered as a server on its chain; register it with role "
                            "server and prices"};
        }
        if (call.prompt.size() > config_.max_prompt_bytes) {
            co_return Error{ErrorCode::out_of_range,
                            "the prompt has " + std::to_string(call.prompt.size()) + " bytes; at most " +
                                std::to_string(config_.max_prompt_bytes) + " are taken"};
        }
        if (call.params.max_tokens == 0 || call.params.max_tokens > config_.max_tokens_per_call) {
            co_return Error{ErrorCode::out_of_range,
                            "max_tokens is " + std::to_string(call.params.max_tokens) + "; it may be 1 to " +
                                std::to_string(config_.max_tokens_per_call) + " on this server"};
        }
        if (call.choices == 0 || call.choices > k_max_choices) {
            co_return Error{ErrorCode::out_of_range, "n is " + std::to_string(call.choices) +
                                                         "; it may be 1 to " + std::to_string(k_max_choices)};
        }
        call.params.stop_tokens = {trainer::k_end_token};
        if (const Status valid = call.params.validate(); !valid) co_return valid.error();
        if (const Status valid = trainer::check_stop_strings(call.stops); !valid) co_return valid.error();
        if (call.log_probabilities.value_or(0) > trainer::k_max_top_log_probabilities) {
            co_return Error{ErrorCode::out_of_range,
                            "logprobs may be up to " + std::to_string(trainer::k_max_top_log_probabilities)};
        }
        const Result<std::string> text = prompt_text(call.prompt);
        if (!text) co_return with_context(text.error(), "prompt");
        if (desk_.model() == nullptr)
            co_return Error{ErrorCode::unavailable,
                            "this server has no checkpoint yet; try again in a moment"};

        auto state = std::make_unique<AnswerStream::State>();
        state->model = *desk_.model();
        trainer::Tokens prompt{trainer::k_begin_token};
        const trainer::Tokens words = state->model.tokenizer->encode(*text);
        prompt.insert(prompt.end(), words.begin(), words.end());
        const std::uint32_t room = state->model.checkpoint->config.max_sequence;
        if (prompt.size() >= room) {
            co_return Error{ErrorCode::out_of_range,
                            "the prompt has " + std::to_string(prompt.size()) +
                                " tokens; prompt and answer together have room for " + std::to_string(room)};
        }
        call.params.max_tokens =
            std::min(call.params.max_tokens, room - static_cast<std::uint32_t>(prompt.size()));
        state->seed = call.params.seed;
        state->choices = call.choices;
        state->at_line_start = prompt.back() == state->model.tokenizer->newline();
        state->prompt_tokens = prompt.size() * call.choices;
        const Coin input_price = peer->record.price_per_input_token;
        const Coin output_price = peer->record.price_per_output_token;
        const std::uint64_t output_max = std::uint64_t{call.params.max_tokens} * call.choices;
        const auto cost_max = cost_of(state->prompt_tokens, output_max, input_price, output_price);
        if (!cost_max)
            co_return Error{ErrorCode::out_of_range, "this call would cost more than all coins there are"};
        state->price = {input_price, output_price, *cost_max, *cost_max};
        if (!call.voucher) co_return PaymentNeeded{state->price, std::nullopt};
        if (const Status room_for_it = desk_.admits(call.choices); !room_for_it)
            co_return room_for_it.error();

        // From here to the end of the function in one turn: the channel is read, the cover reserved, and the model is
        // still the one whose tokenizer was used.
        auto admitted =
            book_.admit(*call.voucher, ledger::channel(chain_.state(), call.voucher->channel), *cost_max);
        if (auto* problem = std::get_if<VoucherProblem>(&admitted))
            co_return PaymentNeeded{state->price, std::move(*problem)};
        state->reservation = std::get<ChannelBook::Reservation>(admitted);
        Result<std::unique_ptr<AnswerRun>> run = desk_.begin(requests_of(call, prompt));
        if (!run) {
            book_.release(state->reservation);
            co_return run.error();
        }
        state->run = std::move(*run);
        calls_.insert(state.get());
        co_return std::unique_ptr<AnswerStream>(new AnswerStream(shared_from_this(), std::move(state)));
    }

    asio::awaitable<Result<std::optional<RunPart>>> next(AnswerStream::State& call) {
        take_as_delivered(call);
        if (!call.run) co_return Error{ErrorCode::unavailable, "the call has ended"};
        Result<std::optional<RunPart>> part = co_await call.run->next();
        if (!part) {
            // Those that a stop breaks off were charged there; a failed answer costs nothing.
            if (call.run) end(call, std::nullopt);
            co_return part.error();
        }
        if (*part) {
            call.handed_out = (*part)->tokens;
            co_return part;
        }
        call.total.input_tokens = call.prompt_tokens;
        call.total.output_tokens = call.delivered;
        const auto cost =
            cost_of(call.prompt_tokens, call.delivered, call.price.input_token, call.price.output_token);
        call.total.cost = *cost;
        call.total.account = *end(call, call.total.cost);
        auto record = [this, account = call.total.account] { return journal_.append(account); };
        const Status kept = co_await offload(disk_, std::move(record));
        if (!kept) {
            spdlog::error("cannot record a voucher, so its call stays without an end: {}",
                          kept.error().message);
            co_return kept.error();
        }
        co_return std::nullopt;
    }

    /// The client is gone: charges what was delivered. The disk's one thread keeps the order of records.
    void break_off(AnswerStream::State& call) {
        if (!call.run) return;
        if (!call.anything_delivered) {
            end(call, std::nullopt);
            return;
        }
        const auto cost =
            cost_of(call.prompt_tokens, call.delivered, call.price.input_token, call.price.output_token);
        const ChannelAccount account = *end(call, *cost);
        if (stopped_) return;
        asio::post(disk_, [self = shared_from_this(), account] {
            if (const Status kept = self->journal_.append(account); !kept)
                spdlog::error("cannot record a voucher: {}", kept.error().message);
        });
    }

    std::optional<ChannelAccount> channel(const Hash& id) const { return book_.find(id); }

  private:
    static std::vector<trainer::AnswerRequest> requests_of(const Call& call, const trainer::Tokens& prompt) {
        std::vector<trainer::AnswerRequest> requests;
        for (std::uint32_t choice = 0; choice < call.choices; ++choice) {
            requests.push_back({{prompt, call.params, call.log_probabilities}, call.stops});
            requests.back().tokens.params.seed += choice;
        }
        return requests;
    }

    static void take_as_delivered(AnswerStream::State& call) {
        if (!call.handed_out) return;
        call.delivered += *call.handed_out;
        call.anything_delivered = true;
        call.handed_out.reset();
    }

    /// Ends a call for this price, or for nothing.
    std::optional<ChannelAccount> end(AnswerStream::State& call, std::optional<Coin> cost) {
        call.run.reset();
        calls_.erase(&call);
        if (cost) return book_.charge(call.reservation, *cost);
        book_.release(call.reservation);
        return std::nullopt;
    }

    void see_block() {
        if (stopped_) return;
        const ledger::CheckpointRecord newest = ledger::head(chain_.state()).checkpoint;
        if ((!loaded_ || newest.blob != loaded_->blob) && !loading_) {
            loading_ = true;
            asio::co_spawn(io_, load(newest), asio::detached);
        }
        if (!chain_.syncing()) settle_channels();
    }

    asio::awaitable<void> load(ledger::CheckpointRecord record) {
        const auto self = shared_from_this();
        Result<Library::CheckpointPtr> checkpoint = co_await library_.checkpoint(record);
        Result<Library::TokenizerPtr> tokenizer = co_await library_.tokenizer();
        loading_ = false;
        if (stopped_) co_return;
        if (!checkpoint || !tokenizer) {
            spdlog::debug("the server cannot load the checkpoint of round {} yet: {}", record.round.value,
                          (checkpoint ? tokenizer.error() : checkpoint.error()).message);
            co_return;
        }
        desk_.use({*checkpoint, *tokenizer, record, engine_limits(config_, (*checkpoint)->config)});
        loaded_ = record;
        spdlog::info("answering with the checkpoint of round {}", record.round.value);
    }

    void settle_channels() {
        const std::uint64_t height = chain_.head().height.value;
        const bool due = height % config_.settle_interval_blocks == 0;
        for (const ChannelAccount& account : book_.accounts()) {
            const auto record = ledger::channel(chain_.state(), account.channel);
            if (!record) {
                book_.forget(account.channel);
                continue;
            }
            const bool earned = account.spent > record->settled;
            if (!earned || settling_.contains(account.channel) || !(due || record->withdrawable)) continue;
            settling_.insert(account.channel);
            asio::co_spawn(io_, settle(account), asio::detached);
        }
        if (due && !rewriting_) {
            rewriting_ = true;
            asio::co_spawn(io_, tidy(), asio::detached);
        }
    }

    asio::awaitable<void> settle(ChannelAccount account) {
        const auto self = shared_from_this();
        const ledger::Payload payload =
            ledger::SettleChannel{account.channel, account.cumulative, account.signature, account.spent};
        const Result<Inclusion> inclusion = co_await submitter_.submit(payload);
        settling_.erase(account.channel);
        if (stopped_) co_return;
        const Status outcome = inclusion ? inclusion->outcome : Status(inclusion.error());
        if (outcome) {
            spdlog::info("settled channel {}: {} DURE in all", account.channel.hex(), to_text(account.spent));
        } else {
            spdlog::warn("could not settle channel {}: {}", account.channel.hex(), outcome.error().message);
        }
    }

    /// Keeps the journal small. The disk's one thread keeps the order: what is charged from now on is
    /// appended after this.
    asio::awaitable<void> tidy() {
        const auto self = shared_from_this();
        auto job = [this, accounts = book_.accounts()]() -> Status {
            if (!journal_.wants_rewrite(accounts.size())) return {};
            return journal_.rewrite(accounts);
        };
        const Status done = co_await offload(disk_, std::move(job));
        rewriting_ = false;
        if (!done) spdlog::error("cannot rewrite the channels' accounts: {}", done.error().message);
    }

    asio::io_context& io_;
    Chain& chain_;
    Library& library_;
    Submitter& submitter_;
    const AnswerServerConfig config_;
    ChannelJournal journal_;  ///< used on the disk's thread only
    ChannelBook book_;
    AnswerDesk desk_;
    std::optional<ledger::CheckpointRecord> loaded_;
    std::set<AnswerStream::State*> calls_;  ///< under way
    std::set<Hash> settling_;
    std::uint64_t handle_ = 0;
    bool loading_ = false;
    bool rewriting_ = false;
    bool stopped_ = false;
    asio::thread_pool disk_;
};

Result<std::unique_ptr<AnswerServer>> AnswerServer::open(asio::io_context& io, Chain& chain, Library& library,
                                                         Workshop& workshop, Submitter& submitter,
                                                         AnswerServerConfig config) {
    DURE_TRY(ChannelJournal::Opened opened, ChannelJournal::open(config.journal, chain.chain_id()));
    return std::unique_ptr<AnswerServer>(new AnswerServer(std::make_shared<Core>(
        io, chain, library, workshop, submitter, std::move(config), std::move(opened))));
}

AnswerServer::AnswerServer(std::shared_ptr<Core> core) : core_(std::move(core)) {}
AnswerServer::~AnswerServer() {
    core_->stop();
}
void AnswerServer::start() {
    core_->start();
}
void AnswerServer::stop() {
    core_->stop();
}
asio::awaitable<AnswerServer::Outcome> AnswerServer::begin(Call call) {
    return core_->begin(std::move(call));
}
std::optional<ChannelAccount> AnswerServer::channel(const Hash& id) const {
    return core_->channel(id);
}

AnswerStream::AnswerStream(std::shared_ptr<AnswerServer::Core> core, std::unique_ptr<State> state)
    : core_(std::move(core)), state_(std::move(state)) {}
AnswerStream::~AnswerStream() {
    core_->break_off(*state_);
}
const ledger::CheckpointRecord& AnswerStream::checkpoint() const {
    return state_->model.record;
}
const trainer::Tokenizer& AnswerStream::tokenizer() const {
    return *state_->model.tokenizer;
}
std::uint64_t AnswerStream::seed() const {
    return state_->seed;
}
std::size_t AnswerStream::choices() const {
    return state_->choices;
}
bool AnswerStream::at_line_start() const {
    return state_->at_line_start;
}
asio::awaitable<Result<std::optional<RunPart>>> AnswerStream::next() {
    return core_->next(*state_);
}
const CallTotal& AnswerStream::total() const {
    return state_->total;
}

}  // namespace dure::node
