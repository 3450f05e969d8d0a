#include "node/roles/answer_server.h"

#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
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

/// What a checkpoint's answers are made with; used on the inference thread only.
struct Engine {
    Library::CheckpointPtr checkpoint;
    std::optional<trainer::Generator> generator;
};

std::optional<Coin> cost_of(std::uint64_t input_tokens, std::uint64_t output_tokens, Coin input_price,
                            Coin output_price) {
    const Uint128 cost = static_cast<Uint128>(input_tokens) * input_price.value +
                         static_cast<Uint128>(output_tokens) * output_price.value;
    if (cost > k_max_supply) return std::nullopt;
    return Coin{static_cast<std::uint64_t>(cost)};
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

class AnswerServer::Core : public std::enable_shared_from_this<Core> {
  public:
    Core(asio::io_context& io, Chain& chain, Library& library, Workshop& workshop, Submitter& submitter,
         AnswerServerConfig config, ChannelJournal::Opened opened)
        : io_(io),
          chain_(chain),
          library_(library),
          workshop_(workshop),
          submitter_(submitter),
          config_(std::move(config)),
          journal_(std::move(opened.journal)),
          book_(chain.chain_id(), submitter.account()),
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
        stopped_ = true;
        chain_.off(handle_);
        disk_.join();
    }

    asio::awaitable<Outcome> answer(Call call) {
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
        call.params.stop_tokens = {trainer::k_end_token};
        if (const Status valid = call.params.validate(); !valid) co_return valid.error();
        const Result<std::string> text = prompt_text(call.prompt);
        if (!text) co_return with_context(text.error(), "prompt");
        const Result<Library::TokenizerPtr> tokenizer = co_await library_.tokenizer();
        if (!tokenizer) co_return tokenizer.error();
        if (!engine_)
            co_return Error{ErrorCode::unavailable,
                            "this server has no checkpoint yet; try again in a moment"};
        const std::shared_ptr<Engine> engine = engine_;
        const ledger::CheckpointRecord checkpoint = engine_record_;

        trainer::Tokens prompt{trainer::k_begin_token};
        const trainer::Tokens words = (*tokenizer)->encode(*text);
        prompt.insert(prompt.end(), words.begin(), words.end());
        const std::uint32_t room = library_.model().max_sequence;
        if (prompt.size() >= room) {
            co_return Error{ErrorCode::out_of_range,
                            "the prompt has " + std::to_string(prompt.size()) +
                                " tokens; prompt and answer together have room for " + std::to_string(room)};
        }
        call.params.max_tokens =
            std::min(call.params.max_tokens, room - static_cast<std::uint32_t>(prompt.size()));
        const Coin input_price = peer->record.price_per_input_token;
        const Coin output_price = peer->record.price_per_output_token;
        const auto cost_max = cost_of(prompt.size(), call.params.max_tokens, input_price, output_price);
        if (!cost_max)
            co_return Error{ErrorCode::out_of_range, "this call would cost more than all coins there are"};
        const CallPrice price{input_price, output_price, *cost_max};
        if (!call.voucher) co_return PaymentNeeded{price, std::nullopt};
        if (calls_ >= config_.max_waiting_calls) {
            co_return Error{ErrorCode::unavailable,
                            std::to_string(calls_) +
                                " calls are waiting already; try again in a moment. Nothing was charged"};
        }

        // The channel is read in the same turn in which the cover is reserved.
        auto admitted =
            book_.admit(*call.voucher, ledger::channel(chain_.state(), call.voucher->channel), *cost_max);
        if (auto* problem = std::get_if<VoucherProblem>(&admitted))
            co_return PaymentNeeded{price, std::move(*problem)};
        const ChannelBook::Reservation reservation = std::get<ChannelBook::Reservation>(admitted);
        ++calls_;
        auto job = [engine, prompt, params = call.params](
                       const trainer::Kernels& kernels,
                       const Cancelled& stop) -> Result<trainer::Generation> {
            if (!engine->generator) {
                DURE_TRY(trainer::Generator made,
                         trainer::Generator::create(kernels, engine->checkpoint->config,
                                                    engine->checkpoint->parameters));
                engine->generator.emplace(std::move(made));
            }
            return engine->generator->generate(prompt, params,
                                               [&stop](std::int32_t) { return !stop.load(); });
        };
        const Result<trainer::Generation> generated =
            co_await workshop_.run(++turn_, nullptr, std::move(job));
        --calls_;
        if (!generated || generated->finish == trainer::FinishReason::cancelled || stopped_) {
            book_.release(reservation);
            if (!generated) co_return generated.error();
            co_return Error{ErrorCode::unavailable, "the node is stopping"};
        }
        CallAnswer result;
        result.input_tokens = prompt.size();
        result.output_tokens = generated->tokens.size();
        result.cost = *cost_of(result.input_tokens, result.output_tokens, input_price, output_price);
        result.account = book_.charge(reservation, result.cost);
        result.finish = generated->finish;
        result.checkpoint = checkpoint;
        result.seed = call.params.seed;
        auto record = [this, account = result.account] { return journal_.append(account); };
        const Status kept = co_await offload(disk_, std::move(record));
        if (!kept) {
            spdlog::error("cannot record a voucher, so its call goes unanswered: {}", kept.error().message);
            co_return kept.error();
        }
        result.text = answer_text(**tokenizer, words, generated->tokens);
        co_return result;
    }

    std::optional<ChannelAccount> channel(const Hash& id) const { return book_.find(id); }

  private:
    /// The answer as it continues the prompt: a word's first piece stands for a blank too, but not at a
    /// text's beginning.
    static std::string answer_text(const trainer::Tokenizer& tokenizer, const trainer::Tokens& prompt,
                                   const trainer::Tokens& tokens) {
        trainer::Tokens all = prompt;
        all.insert(all.end(), tokens.begin(), tokens.end());
        const std::string before = tokenizer.decode(prompt);
        std::string whole = tokenizer.decode(all);
        if (whole.starts_with(before)) return whole.substr(before.size());
        return tokenizer.decode(tokens);
    }

    void see_block() {
        if (stopped_) return;
        const ledger::CheckpointRecord newest = ledger::head(chain_.state()).checkpoint;
        if ((!engine_ || newest.blob != engine_record_.blob) && !loading_) {
            loading_ = true;
            asio::co_spawn(io_, load(newest), asio::detached);
        }
        if (!chain_.syncing()) settle_channels();
    }

    asio::awaitable<void> load(ledger::CheckpointRecord record) {
        const auto self = shared_from_this();
        Result<Library::CheckpointPtr> checkpoint = co_await library_.checkpoint(record);
        loading_ = false;
        if (stopped_) co_return;
        if (!checkpoint) {
            spdlog::debug("the server cannot load the checkpoint of round {} yet: {}", record.round.value,
                          checkpoint.error().message);
            co_return;
        }
        engine_ = std::make_shared<Engine>(Engine{*checkpoint, std::nullopt});
        engine_record_ = record;
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
    Workshop& workshop_;
    Submitter& submitter_;
    const AnswerServerConfig config_;
    ChannelJournal journal_;  ///< used on the disk's thread only
    ChannelBook book_;
    std::shared_ptr<Engine> engine_;
    ledger::CheckpointRecord engine_record_;
    std::set<Hash> settling_;
    std::size_t calls_ = 0;
    std::uint64_t turn_ = 0;
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
asio::awaitable<AnswerServer::Outcome> AnswerServer::answer(Call call) {
    return core_->answer(std::move(call));
}
std::optional<ChannelAccount> AnswerServer::channel(const Hash& id) const {
    return core_->channel(id);
}

}  // namespace dure::node
