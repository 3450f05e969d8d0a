#include "node/roles/answer_server.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <list>
#include <map>
#include <set>

#include "ledger/execution.h"
#include "ledger/views.h"
#include "node/roles/inference_replay.h"

namespace dure::node {

namespace asio = boost::asio;

namespace {

/// Calls on a closing channel end so many blocks before its rest can be withdrawn, to be settled until then.
constexpr std::uint64_t k_close_margin_blocks = 10;

}  // namespace

struct AnswerStream::State {
    explicit State(asio::io_context& io) : signal(io) {}

    std::unique_ptr<AnswerRun> run;  ///< none once the call has ended
    AnswerModel model;
    CallTerms terms;
    std::variant<ChannelBook::Reservation, PaidCall> cover;
    Account payer;
    std::uint64_t seed = 0;
    std::size_t choices = 1;
    bool at_line_start = false;
    std::uint64_t delivered = 0;  ///< tokens of answers
    bool anything_delivered = false;
    std::optional<RunPart> held;              ///< the next piece, until it is covered
    std::optional<std::uint64_t> handed_out;  ///< tokens of the piece that is not known to be delivered
    bool asked = false;                       ///< for more cover
    bool cut = false;                         ///< it ends here
    bool kept = false;                        ///< a payment of its own is on disk as used
    asio::steady_timer::time_point cover_until;
    asio::steady_timer signal;  ///< cancelled when cover may have come
    CallTotal total;
    std::optional<ledger::InferenceRequest> request;  ///< none: too long for a receipt
    std::vector<ledger::AnswerChoice> answer;         ///< what was handed out
};

class AnswerServer::Core : public std::enable_shared_from_this<Core> {
  public:
    using State = AnswerStream::State;

    Core(asio::io_context& io, Chain& chain, Library& library, Workshop& workshop, Submitter& submitter,
         const SecretKey& key, AnswerServerConfig config, std::unique_ptr<PaymentDesk> money)
        : io_(io),
          chain_(chain),
          library_(library),
          self_(submitter.account()),
          config_(std::move(config)),
          money_(std::move(money)),
          receipts_(key, chain.chain_id()),
          desk_(io, workshop,
                AnswerDeskConfig{.engine = limits_for(library.first_shape()),
                                 .turn_patience = config_.turn_patience}) {}

    void start() {
        handle_ =
            chain_.on_final([this](const protocol::Block&, const ledger::BlockOutcome&) { see_block(); });
        money_->on_raised([this](const Hash& channel) { see_raised(channel); });
        money_->start();
        see_block();
    }

    void stop() {
        if (stopped_) return;
        while (!calls_.empty())
            break_off(**calls_.begin());
        stopped_ = true;
        chain_.off(handle_);
        desk_.close();
        money_->stop();
    }

    asio::awaitable<Outcome> begin(Call call) {
        const auto self = shared_from_this();
        auto state = std::make_unique<State>(io_);
        trainer::Tokens prompt;
        if (const Status ready = prepare(call, *state, prompt); !ready) co_return ready.error();
        if (std::holds_alternative<std::monostate>(call.payment))
            co_return PaymentNeeded{state->terms.price, std::nullopt};
        if (const Status room_for_it = desk_.admits(call.choices); !room_for_it)
            co_return room_for_it.error();

        // From here to the end of the function in one turn: the channel is read, the cover reserved, and the model is
        // still the one whose tokenizer was used.
        if (const auto* voucher = std::get_if<Voucher>(&call.payment)) {
            const auto record = ledger::channel(chain_.state(), voucher->channel);
            if (record) state->payer = record->payer;
            if (auto refused = too_many(*state)) co_return std::move(*refused);
            auto admitted =
                money_->admit(*voucher, state->terms.price.cost_start, state->terms.price.cost_max);
            if (auto* problem = std::get_if<VoucherProblem>(&admitted))
                co_return PaymentNeeded{state->terms.price, std::move(*problem)};
            state->cover = std::get<ChannelBook::Reservation>(admitted);
        } else {
            const PaidCall& paid = std::get<PaidCall>(call.payment);
            state->payer = paid.payer;
            if (auto refused = too_many(*state)) co_return std::move(*refused);
            if (!money_->claim(paid)) {
                co_return Error{ErrorCode::duplicate,
                                "this payment was used for an answer already; take a fresh challenge"};
            }
            state->cover = paid;
        }
        state->request = canonical_request(prompt, call.params, call.stops, call.choices);
        state->answer = empty_answer(call.choices);
        Result<std::unique_ptr<AnswerRun>> run = desk_.begin(requests_of(call, prompt), state->payer);
        if (!run) {
            give_back(*state);
            co_return run.error();
        }
        state->run = std::move(*run);
        calls_.insert(state.get());
        calls_of_[state->payer] += state->choices;
        co_return std::unique_ptr<AnswerStream>(new AnswerStream(shared_from_this(), std::move(state)));
    }

    asio::awaitable<Result<std::optional<AnswerEvent>>> next(State& call) {
        take_as_delivered(call);
        if (!call.run) co_return Error{ErrorCode::unavailable, "the call has ended"};
        if (!call.held && !call.cut) {
            Result<std::optional<RunPart>> part = co_await call.run->next();
            if (!part) {
                // Those that a stop breaks off were charged there; a failed answer costs nothing.
                if (call.run) end(call, std::nullopt);
                co_return part.error();
            }
            if (*part) call.held = config_.tell ? config_.tell(std::move(**part)) : std::move(**part);
        }
        if (call.held && !call.cut && !covered(call)) {
            if (!call.asked) {
                ask_for_cover(call);
                co_return AnswerEvent(needed(call));
            }
            auto waiting = wait_for_cover(call);
            co_await std::move(waiting);
            if (!call.run) co_return Error{ErrorCode::unavailable, "the node is stopping"};
        }
        if (call.asked) {
            waiting_.remove(&call);
            call.asked = false;
            call.run->resume();
        }
        if (!call.held || call.cut) {
            auto finished = finish(call);
            const Status kept = co_await std::move(finished);
            if (!kept) co_return kept.error();
            co_return std::nullopt;
        }
        if (const auto* paid = std::get_if<PaidCall>(&call.cover); paid != nullptr && !call.kept) {
            call.kept = true;
            auto keeping = money_->keep(*paid);
            const Status kept = co_await std::move(keeping);
            if (!call.run) co_return Error{ErrorCode::unavailable, "the node is stopping"};
            if (!kept) {
                end(call, std::nullopt);
                co_return kept.error();
            }
        }
        call.handed_out = call.held->tokens.size();
        add_part(call.answer, *call.held);
        AnswerEvent piece = std::move(*call.held);
        call.held.reset();
        co_return piece;
    }

    /// The client is gone: charges what was delivered.
    void break_off(State& call) {
        if (!call.run) return;
        if (!call.anything_delivered) {
            end(call, std::nullopt);
            return;
        }
        if (const auto account = end(call, cost_so_far(call))) money_->keep_later(*account);
    }

    PaymentDesk& money() { return *money_; }
    const AnswerServerConfig& config() const { return config_; }
    const AnswerModel* model() const { return desk_.model(); }
    AnswerCounters counters() const {
        AnswerCounters counters = counters_;
        counters.under_way = calls_.size();
        counters.waiting = desk_.waiting();
        return counters;
    }
    std::optional<ReceiptBook::Kept> receipt(const Hash& id) const {
        const ReceiptBook::Kept* kept = receipts_.find(id);
        return kept == nullptr ? std::nullopt : std::optional(*kept);
    }

  private:
    trainer::EngineLimits limits_for(const trainer::ModelConfig& model) const {
        return engine_limits(model, config_.max_running_calls, config_.max_waiting_calls,
                             config_.cache_bytes);
    }

    /// Checks the call, makes tokens of its prompt and says what it costs.
    Status prepare(Call& call, State& state, trainer::Tokens& prompt) const {
        const auto peer = ledger::peer(chain_.state(), self_);
        if (!peer || !peer->record.is(ledger::k_role_server)) {
            return Error{
                ErrorCode::unavailable,
                "this node is not registered as a server on its chain yet; its log says what is missing"};
        }
        if (peer->server_bond.bonded < ledger::parameters(chain_.state()).server_bond) {
            return Error{ErrorCode::unavailable,
                         "this node's server bond is not on the chain yet; its log says what is missing"};
        }
        if (!call.turns.empty()) {
            const ledger::ChatTemplate& chat = chain_.genesis().model.chat;
            call.prompt = chat_prompt(chat, call.turns);
            call.stops.insert(call.stops.end(), chat.stops.begin(), chat.stops.end());
        }
        DURE_CHECK(check_call(call, {config_.max_tokens_per_call, config_.max_prompt_bytes}));
        if (desk_.model() == nullptr)
            return Error{ErrorCode::unavailable, "this server has no checkpoint yet; try again in a moment"};
        state.model = *desk_.model();
        auto tokens = prompt_tokens(*state.model.tokenizer, call.prompt);
        if (!tokens) return with_context(tokens.error(), "prompt");
        prompt = std::move(*tokens);
        DURE_TRY(state.terms,
                 terms_of(call, prompt.size(), state.model.checkpoint->config.max_sequence,
                          peer->record.price_per_input_token, peer->record.price_per_output_token));
        state.seed = call.params.seed;
        state.choices = call.choices;
        state.at_line_start = prompt.back() == state.model.tokenizer->newline();
        return {};
    }

    static Coin cost_so_far(const State& call) {
        if (const auto* paid = std::get_if<PaidCall>(&call.cover)) return paid->amount;
        return call.terms.cost_of(call.delivered);
    }

    std::optional<TooManyCalls> too_many(const State& state) const {
        const auto found = calls_of_.find(state.payer);
        const std::size_t under_way = found == calls_of_.end() ? 0 : found->second;
        if (under_way + state.choices <= config_.max_calls_per_payer) return std::nullopt;
        return TooManyCalls{std::to_string(under_way) + " calls of " + state.payer.address() +
                            " are under way, and at most " + std::to_string(config_.max_calls_per_payer) +
                            " of one payer are taken; wait until one has ended. Nothing was charged"};
    }

    static void take_as_delivered(State& call) {
        if (!call.handed_out) return;
        call.delivered += *call.handed_out;
        call.anything_delivered = true;
        call.handed_out.reset();
    }

    /// Whether the piece that is held may be given out; takes for it what is free on its channel.
    bool covered(State& call) {
        auto* const reservation = std::get_if<ChannelBook::Reservation>(&call.cover);
        if (reservation == nullptr) return true;
        const std::uint64_t tokens = call.delivered + call.held->tokens.size();
        return money_->extend(*reservation, call.terms.cost_of(tokens),
                              call.terms.cost_of(tokens + k_cover_tokens));
    }

    void ask_for_cover(State& call) {
        call.asked = true;
        call.run->pause();
        call.cover_until = std::chrono::steady_clock::now() + config_.cover_patience;
        waiting_.push_back(&call);
    }

    CoverNeeded needed(const State& call) const {
        const auto& reservation = std::get<ChannelBook::Reservation>(call.cover);
        const auto record = ledger::channel(chain_.state(), reservation.channel);
        const auto account = money_->channel(reservation.channel);
        return {reservation.channel,
                money_->needed(reservation, call.terms.cost_of(call.delivered + call.held->tokens.size())),
                money_->needed(reservation, call.terms.price.cost_max),
                account ? account->cumulative : Coin{}, record ? record->deposit : Coin{}};
    }

    /// Comes back when the piece that is held is covered, or nobody waits for that any longer.
    asio::awaitable<void> wait_for_cover(State& call) {
        while (call.run && !call.cut && !covered(call)) {
            if (std::chrono::steady_clock::now() >= call.cover_until) {
                call.cut = true;
                call.total.uncovered = true;
                break;
            }
            call.signal.expires_at(call.cover_until);
            boost::system::error_code ignored;
            co_await call.signal.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        }
    }

    /// In the order in which they ran out, so that the first takes the new cover first.
    void see_raised(const Hash& channel) {
        for (State* const call : waiting_) {
            const auto* reservation = std::get_if<ChannelBook::Reservation>(&call->cover);
            if (reservation != nullptr && reservation->channel == channel) call->signal.cancel();
        }
    }

    /// Charges what was delivered, durably.
    asio::awaitable<Status> finish(State& call) {
        const bool nothing = call.cut && !call.anything_delivered;
        CallTotal& total = call.total;
        total.payer = call.payer;
        total.input_tokens = call.terms.prompt_tokens;
        total.output_tokens = call.delivered;
        total.cost = nothing ? Coin{} : cost_so_far(call);
        if (const auto* paid = std::get_if<PaidCall>(&call.cover)) {
            total.transaction = paid->transaction;
            total.account.spent = total.account.cumulative = paid->amount;
            end(call, total.cost);
            sign_receipt(call);
            co_return Status();
        }
        total.account = *end(call, total.cost);
        sign_receipt(call);
        auto keeping = money_->keep(total.account);
        const Status kept = co_await std::move(keeping);
        if (!kept) {
            spdlog::error("cannot record a voucher, so its call stays without an end: {}",
                          kept.error().message);
        }
        co_return kept;
    }

    /// What this server stands by for a call that has ended. A choice that was not answered to its end is cut.
    void sign_receipt(State& call) {
        if (!call.request) return;
        call.total.receipt =
            receipts_.sign(std::move(*call.request), call.answer,
                           {.payer = call.payer,
                            .payment = call.total.transaction.value_or(call.total.account.channel),
                            .checkpoint = call.model.record,
                            .input_tokens = call.total.input_tokens,
                            .output_tokens = call.total.output_tokens,
                            .cost = call.total.cost,
                            .spent = call.total.account.spent,
                            .height = chain_.head().height});
    }

    void forget_old_receipts() {
        const std::uint64_t age = ledger::parameters(chain_.state()).receipt_age_blocks;
        const std::uint64_t height = chain_.head().height.value;
        if (height > age) receipts_.forget_before(protocol::Height{height - age});
    }

    /// Ends a call for this price, or for nothing; its channel's account afterwards.
    std::optional<ChannelAccount> end(State& call, std::optional<Coin> cost) {
        call.run.reset();
        call.signal.cancel();
        waiting_.remove(&call);
        calls_.erase(&call);
        const auto count = calls_of_.find(call.payer);
        count->second -= call.choices;
        if (count->second == 0) calls_of_.erase(count);
        if (cost && *cost > Coin{}) count_paid(call, *cost);
        if (const auto* reservation = std::get_if<ChannelBook::Reservation>(&call.cover); cost && reservation)
            return money_->charge(*reservation, *cost);
        if (!cost) give_back(call);
        return std::nullopt;
    }

    void count_paid(const State& call, Coin cost) {
        ++counters_.calls_paid;
        counters_.input_tokens += call.terms.prompt_tokens;
        counters_.output_tokens += call.delivered;
        counters_.earned = checked_add(counters_.earned, cost).value_or(counters_.earned);
    }

    void give_back(const State& call) {
        if (const auto* reservation = std::get_if<ChannelBook::Reservation>(&call.cover)) {
            money_->release(*reservation);
        } else {
            money_->disclaim(std::get<PaidCall>(call.cover));
        }
    }

    void see_block() {
        if (stopped_) return;
        const ledger::CheckpointRecord newest = ledger::head(chain_.state()).checkpoint;
        if ((!loaded_ || newest.blob != loaded_->blob) && !loading_) {
            loading_ = true;
            asio::co_spawn(
                io_, [self = shared_from_this(), newest] { return self->load(newest); }, asio::detached);
        }
        forget_old_receipts();
        if (!chain_.syncing()) cut_closing();
    }

    /// Calls on channels whose rest can soon be withdrawn end, so that they can be settled.
    void cut_closing() {
        const std::uint64_t height = chain_.head().height.value;
        for (State* const call : calls_) {
            const auto* reservation = std::get_if<ChannelBook::Reservation>(&call->cover);
            if (reservation == nullptr) continue;
            const auto record = ledger::channel(chain_.state(), reservation->channel);
            const bool ends = !record || (record->withdrawable &&
                                          height + k_close_margin_blocks >= record->withdrawable->value);
            if (!ends) continue;
            call->cut = true;
            call->total.uncovered = true;
            call->signal.cancel();
        }
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
        desk_.use({*checkpoint, *tokenizer, record, limits_for((*checkpoint)->config)});
        loaded_ = record;
        spdlog::info("answering with the checkpoint of round {}", record.round.value);
    }

    asio::io_context& io_;
    Chain& chain_;
    Library& library_;
    const Account self_;
    const AnswerServerConfig config_;
    const std::unique_ptr<PaymentDesk> money_;
    ReceiptBook receipts_;
    AnswerDesk desk_;
    std::optional<ledger::CheckpointRecord> loaded_;
    std::set<State*> calls_;                   ///< under way
    std::list<State*> waiting_;                ///< for cover, in the order in which theirs ran out
    std::map<Account, std::size_t> calls_of_;  ///< each payer's, every choice counted
    AnswerCounters counters_;
    std::uint64_t handle_ = 0;
    bool loading_ = false;
    bool stopped_ = false;
};

Result<std::unique_ptr<AnswerServer>> AnswerServer::open(asio::io_context& io, Chain& chain, Library& library,
                                                         Workshop& workshop, Submitter& submitter,
                                                         const SecretKey& key, AnswerServerConfig config) {
    DURE_TRY(std::unique_ptr<PaymentDesk> money, PaymentDesk::open(io, chain, submitter, config.payments));
    return std::unique_ptr<AnswerServer>(new AnswerServer(std::make_shared<Core>(
        io, chain, library, workshop, submitter, key, std::move(config), std::move(money))));
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
std::optional<ReceiptBook::Kept> AnswerServer::receipt(const Hash& id) const {
    return core_->receipt(id);
}
AnswerCounters AnswerServer::counters() const {
    return core_->counters();
}
asio::awaitable<AnswerServer::Outcome> AnswerServer::begin(Call call) {
    return core_->begin(std::move(call));
}
PaymentDesk& AnswerServer::payments() {
    return core_->money();
}
const AnswerServerConfig& AnswerServer::config() const {
    return core_->config();
}
const AnswerModel* AnswerServer::model() const {
    return core_->model();
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
asio::awaitable<Result<std::optional<AnswerEvent>>> AnswerStream::next() {
    return core_->next(*state_);
}
const CallTotal& AnswerStream::total() const {
    return state_->total;
}

}  // namespace dure::node
