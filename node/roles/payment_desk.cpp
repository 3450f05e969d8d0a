#include "node/roles/payment_desk.h"

#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <map>
#include <set>

#include "ledger/execution.h"
#include "ledger/transactions/payload.h"
#include "ledger/views.h"
#include "node/blobs/offload.h"
#include "node/roles/channel_journal.h"
#include "node/roles/charge_journal.h"
#include "node/roles/finality.h"

namespace dure::node {

namespace asio = boost::asio;

namespace {

/// A payment is good for an answer so long after it became final, and its call is remembered so long.
constexpr std::uint64_t k_charge_life_blocks = 1'000;

protocol::Height oldest_charge(const Chain& chain) {
    const std::uint64_t height = chain.head().height.value;
    return {height > k_charge_life_blocks ? height - k_charge_life_blocks : 0};
}

/// A signed transaction with a payload of this kind. Errors: `malformed`, `invalid`.
template <class T>
struct Signed {
    protocol::Transaction transaction;
    T payload;
};
template <class T>
Result<Signed<T>> read_transaction(ByteView bytes, const Hash& chain_id) {
    DURE_TRY(protocol::Transaction transaction, decode<protocol::Transaction>(bytes));
    if (transaction.body.chain_id != chain_id)
        return Error{ErrorCode::invalid,
                     "the transaction is of another chain, " + transaction.body.chain_id.hex()};
    DURE_TRY(const ledger::Payload payload, ledger::payload_of(transaction.body));
    const T* const wanted = std::get_if<T>(&payload);
    if (wanted == nullptr) {
        return Error{ErrorCode::invalid, std::string("the transaction is a ") + ledger::name_of(payload) +
                                             ", not a " + T::k_name};
    }
    return Signed<T>{std::move(transaction), *wanted};
}

}  // namespace

class PaymentDesk::Core : public std::enable_shared_from_this<Core> {
  public:
    Core(asio::io_context& io, Chain& chain, Submitter& submitter, const PaymentDeskConfig& config,
         ChannelJournal::Opened channels, ChargeJournal::Opened charges)
        : io_(io),
          chain_(chain),
          submitter_(submitter),
          config_(config),
          journal_(std::move(channels.journal)),
          charges_(std::move(charges.journal)),
          answered_(std::move(charges.answered)),
          book_(chain.chain_id(), submitter.account()),
          finality_(io, chain),
          disk_(1) {
        for (const ChannelAccount& account : channels.accounts)
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
        finality_.stop();
        disk_.join();
    }

    std::variant<ChannelBook::Reservation, VoucherProblem> admit(const Voucher& voucher, Coin least,
                                                                 Coin most) {
        const Coin before = best(voucher.channel);
        auto admitted = book_.admit(voucher, record_of(voucher.channel), least, most);
        ++(std::holds_alternative<VoucherProblem>(admitted) ? counters_.vouchers_refused
                                                            : counters_.vouchers_accepted);
        if (best(voucher.channel) > before) tell_raised(voucher.channel);
        return admitted;
    }

    ChannelBook& book() { return book_; }

    asio::awaitable<Status> keep(ChannelAccount account) {
        const auto self = shared_from_this();
        if (stopped_) co_return Error{ErrorCode::unavailable, "the node is stopping"};
        auto write = [this, account] { return journal_.append(account); };
        co_return co_await offload(disk_, std::move(write));
    }

    void keep_later(const ChannelAccount& account) {
        if (stopped_) return;
        asio::post(disk_, [self = shared_from_this(), account] {
            if (const Status kept = self->journal_.append(account); !kept)
                spdlog::error("cannot record a voucher: {}", kept.error().message);
        });
    }

    asio::awaitable<Standing> raise(Voucher voucher) {
        const auto self = shared_from_this();
        const Coin before = best(voucher.channel);
        if (auto problem = take(voucher)) co_return std::move(*problem);
        if (best(voucher.channel) > before) {
            const Status kept = co_await keep(*book_.find(voucher.channel));
            if (!kept) co_return kept.error();
            tell_raised(voucher.channel);
        }
        co_return standing(voucher.channel, std::nullopt);
    }

    asio::awaitable<Result<Voucher>> open_channel(ByteView bytes, Coin cumulative, Signature signature) {
        const auto self = shared_from_this();
        auto opening = read_transaction<ledger::OpenChannel>(bytes, chain_.chain_id());
        if (!opening) co_return opening.error();
        if (opening->payload.server != submitter_.account()) {
            co_return Error{ErrorCode::invalid, "the channel would pay " + opening->payload.server.address() +
                                                    ", not this server, " + submitter_.account().address()};
        }
        if (cumulative > opening->payload.deposit) {
            co_return Error{ErrorCode::invalid, "the voucher promises " + to_text(cumulative) +
                                                    " DURE, but the channel would hold " +
                                                    to_text(opening->payload.deposit)};
        }
        const Hash channel = ledger::channel_id(protocol::transaction_id(opening->transaction));
        const Voucher voucher{channel, cumulative, signature};
        if (!verify(opening->transaction.body.sender,
                    ledger::voucher_digest(chain_.chain_id(), channel, cumulative), signature)) {
            co_return Error{
                ErrorCode::invalid_signature,
                "the voucher's signature is not the opener's over this chain, channel and amount"};
        }
        if (record_of(channel)) co_return voucher;
        auto included = finality_.include(std::move(opening->transaction), config_.inclusion_patience);
        const Result<Inclusion> inclusion = co_await std::move(included);
        if (!inclusion) co_return inclusion.error();
        if (!inclusion->outcome) co_return inclusion->outcome.error();
        co_return voucher;
    }

    asio::awaitable<Standing> top_up(Hash channel, ByteView bytes) {
        const auto self = shared_from_this();
        auto adding = read_transaction<ledger::TopUpChannel>(bytes, chain_.chain_id());
        if (!adding) co_return adding.error();
        if (adding->payload.channel != channel) {
            co_return Error{ErrorCode::invalid, "the transaction tops up channel " +
                                                    adding->payload.channel.hex() + ", not " + channel.hex()};
        }
        const auto record = record_of(channel);
        if (!record || record->server != submitter_.account()) co_return unknown(channel);
        const Hash id = protocol::transaction_id(adding->transaction);
        auto included = finality_.include(std::move(adding->transaction), config_.inclusion_patience);
        const Result<Inclusion> inclusion = co_await std::move(included);
        if (!inclusion) co_return inclusion.error();
        if (!inclusion->outcome) co_return inclusion->outcome.error();
        co_return standing(channel, id);
    }

    asio::awaitable<Standing> close(Voucher voucher) {
        const auto self = shared_from_this();
        if (auto problem = take(voucher)) co_return std::move(*problem);
        if (book_.calls(voucher.channel) > 0 || settling_.contains(voucher.channel)) {
            co_return Error{ErrorCode::conflict,
                            "calls are under way on channel " + voucher.channel.hex() +
                                ", or it is being settled; close it when they have ended"};
        }
        settling_.insert(voucher.channel);
        const auto record = record_of(voucher.channel);
        const ChannelAccount account = *book_.find(voucher.channel);
        if (record && account.spent > record->settled) {
            const Status settled = co_await settle(account);
            if (!settled) {
                settling_.erase(voucher.channel);
                co_return settled.error();
            }
        }
        const ledger::Payload payload = ledger::CloseChannel{voucher.channel};
        const Result<Inclusion> inclusion = co_await submitter_.submit(payload);
        settling_.erase(voucher.channel);
        if (!inclusion) co_return inclusion.error();
        if (!inclusion->outcome) co_return inclusion->outcome.error();
        co_return standing(voucher.channel, inclusion->id);
    }

    asio::awaitable<Result<PaidCall>> take_charge(ByteView bytes, Hash call, Coin amount) {
        const auto self = shared_from_this();
        auto paying = read_transaction<ledger::PayCall>(bytes, chain_.chain_id());
        if (!paying) co_return paying.error();
        const ledger::PayCall payload = paying->payload;
        if (payload.server != submitter_.account()) {
            co_return Error{ErrorCode::invalid, "the transaction pays " + payload.server.address() +
                                                    ", not this server, " + submitter_.account().address()};
        }
        if (payload.call != call)
            co_return Error{ErrorCode::invalid, "the transaction pays another call than this challenge's"};
        if (payload.amount < amount) {
            co_return Error{ErrorCode::insufficient, "the transaction pays " + to_text(payload.amount) +
                                                         " DURE, and the call costs " + to_text(amount)};
        }
        if (answered_.contains(call)) co_return answered_already();
        PaidCall paid{protocol::transaction_id(paying->transaction),
                      call,
                      paying->transaction.body.sender,
                      payload.amount,
                      {}};
        auto included = finality_.include(std::move(paying->transaction), config_.inclusion_patience);
        const Result<Inclusion> inclusion = co_await std::move(included);
        if (!inclusion) co_return inclusion.error();
        if (!inclusion->outcome) co_return inclusion->outcome.error();
        if (inclusion->height < oldest_charge(chain_)) {
            co_return Error{ErrorCode::expired, "the transaction became final at height " +
                                                    to_text(inclusion->height) + ", too long ago"};
        }
        paid.height = inclusion->height;
        ++counters_.charges;
        co_return paid;
    }

    bool claim(const PaidCall& call) { return answered_.emplace(call.call, call.height).second; }
    void disclaim(const PaidCall& call) { answered_.erase(call.call); }

    asio::awaitable<Status> keep(PaidCall call) {
        const auto self = shared_from_this();
        if (stopped_) co_return Error{ErrorCode::unavailable, "the node is stopping"};
        auto write = [this, call] { return charges_.append({call.call, call.height}); };
        co_return co_await offload(disk_, std::move(write));
    }

    static Error answered_already() {
        return {ErrorCode::duplicate, "this payment was used for an answer already; take a fresh challenge"};
    }

    std::function<void(const Hash&)> raised;

    PaymentCounters counters() const {
        PaymentCounters counters = counters_;
        counters.channels = book_.size();
        return counters;
    }

  private:
    /// Takes a voucher that pays for no call.
    std::optional<VoucherProblem> take(const Voucher& voucher) {
        auto problem = book_.raise(voucher, record_of(voucher.channel));
        ++(problem ? counters_.vouchers_refused : counters_.vouchers_accepted);
        return problem;
    }
    std::optional<ledger::ChannelRecord> record_of(const Hash& channel) const {
        return ledger::channel(chain_.state(), channel);
    }
    Coin best(const Hash& channel) const {
        const auto account = book_.find(channel);
        return account ? account->cumulative : Coin{};
    }
    void tell_raised(const Hash& channel) {
        if (raised) raised(channel);
    }
    static VoucherProblem unknown(const Hash& channel) {
        return {VoucherRefusal::channel_unknown,
                "channel " + channel.hex() + " is not in the final state, or pays another server",
                {},
                {},
                {}};
    }

    Standing standing(const Hash& channel, std::optional<Hash> transaction) const {
        const auto record = record_of(channel);
        if (!record) return unknown(channel);
        ChannelAccount account{channel, {}, {}, record->settled};
        if (const auto found = book_.find(channel)) account = *found;
        return ChannelStanding{account, record->deposit, transaction};
    }

    void see_block() {
        if (stopped_ || chain_.syncing()) return;
        const std::uint64_t height = chain_.head().height.value;
        const bool due = height % config_.settle_interval_blocks == 0;
        for (const ChannelAccount& account : book_.accounts()) {
            const auto record = record_of(account.channel);
            if (!record) {
                book_.forget(account.channel);
                continue;
            }
            const bool earned = account.spent > record->settled;
            if (!earned || settling_.contains(account.channel) || !(due || record->withdrawable)) continue;
            settling_.insert(account.channel);
            asio::co_spawn(
                io_, [self = shared_from_this(), account] { return self->settle_now(account); },
                asio::detached);
        }
        if (!due) return;
        const protocol::Height oldest = oldest_charge(chain_);
        std::erase_if(answered_, [&](const auto& one) { return one.second < oldest; });
        if (rewriting_) return;
        rewriting_ = true;
        asio::co_spawn(
            io_, [self = shared_from_this()] { return self->tidy(); }, asio::detached);
    }

    asio::awaitable<void> settle_now(ChannelAccount account) {
        const auto self = shared_from_this();
        static_cast<void>(co_await settle(account));
        settling_.erase(account.channel);
    }

    asio::awaitable<Status> settle(ChannelAccount account) {
        const ledger::Payload payload =
            ledger::SettleChannel{account.channel, account.cumulative, account.signature, account.spent};
        const Result<Inclusion> inclusion = co_await submitter_.submit(payload);
        const Status outcome = inclusion ? inclusion->outcome : Status(inclusion.error());
        if (stopped_) co_return outcome;
        ++(outcome ? counters_.settlements : counters_.settlements_failed);
        if (outcome) {
            spdlog::info("settled channel {}: {} DURE in all", account.channel.hex(), to_text(account.spent));
        } else {
            spdlog::warn("could not settle channel {}: {}", account.channel.hex(), outcome.error().message);
        }
        co_return outcome;
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
    Submitter& submitter_;
    const PaymentDeskConfig config_;
    ChannelJournal journal_;                     ///< used on the disk's thread only
    ChargeJournal charges_;                      ///< used on the disk's thread only
    std::map<Hash, protocol::Height> answered_;  ///< calls that were paid by transactions of their own
    ChannelBook book_;
    FinalityWatch finality_;
    std::set<Hash> settling_;
    PaymentCounters counters_;
    std::uint64_t handle_ = 0;
    bool rewriting_ = false;
    bool stopped_ = false;
    asio::thread_pool disk_;
};

Result<std::unique_ptr<PaymentDesk>> PaymentDesk::open(asio::io_context& io, Chain& chain,
                                                       Submitter& submitter,
                                                       const PaymentDeskConfig& config) {
    DURE_TRY(ChannelJournal::Opened channels, ChannelJournal::open(config.journal, chain.chain_id()));
    DURE_TRY(ChargeJournal::Opened charges,
             ChargeJournal::open(config.charges, chain.chain_id(), oldest_charge(chain)));
    return std::unique_ptr<PaymentDesk>(new PaymentDesk(
        std::make_shared<Core>(io, chain, submitter, config, std::move(channels), std::move(charges))));
}

PaymentDesk::PaymentDesk(std::shared_ptr<Core> core) : core_(std::move(core)) {}
PaymentDesk::~PaymentDesk() {
    core_->stop();
}
void PaymentDesk::start() {
    core_->start();
}
void PaymentDesk::stop() {
    core_->stop();
}
std::variant<ChannelBook::Reservation, VoucherProblem> PaymentDesk::admit(const Voucher& voucher, Coin least,
                                                                          Coin most) {
    return core_->admit(voucher, least, most);
}
bool PaymentDesk::extend(ChannelBook::Reservation& reservation, Coin least, Coin most) {
    return core_->book().extend(reservation, least, most);
}
Coin PaymentDesk::needed(const ChannelBook::Reservation& reservation, Coin least) const {
    return core_->book().needed(reservation, least);
}
ChannelAccount PaymentDesk::charge(const ChannelBook::Reservation& reservation, Coin cost) {
    return core_->book().charge(reservation, cost);
}
void PaymentDesk::release(const ChannelBook::Reservation& reservation) {
    core_->book().release(reservation);
}
std::optional<ChannelAccount> PaymentDesk::channel(const Hash& id) const {
    return core_->book().find(id);
}
asio::awaitable<Status> PaymentDesk::keep(ChannelAccount account) {
    return core_->keep(account);
}
void PaymentDesk::keep_later(const ChannelAccount& account) {
    core_->keep_later(account);
}
asio::awaitable<PaymentDesk::Standing> PaymentDesk::raise(Voucher voucher) {
    return core_->raise(voucher);
}
asio::awaitable<Result<Voucher>> PaymentDesk::open_channel(ByteView transaction, Coin cumulative,
                                                           Signature signature) {
    return core_->open_channel(transaction, cumulative, signature);
}
asio::awaitable<PaymentDesk::Standing> PaymentDesk::top_up(Hash channel, ByteView transaction) {
    return core_->top_up(channel, transaction);
}
asio::awaitable<PaymentDesk::Standing> PaymentDesk::close(Voucher voucher) {
    return core_->close(voucher);
}
asio::awaitable<Result<PaidCall>> PaymentDesk::take_charge(ByteView transaction, Hash call, Coin amount) {
    return core_->take_charge(transaction, call, amount);
}
bool PaymentDesk::claim(const PaidCall& call) {
    return core_->claim(call);
}
void PaymentDesk::disclaim(const PaidCall& call) {
    core_->disclaim(call);
}
asio::awaitable<Status> PaymentDesk::keep(PaidCall call) {
    return core_->keep(call);
}
PaymentCounters PaymentDesk::counters() const {
    return core_->counters();
}
void PaymentDesk::on_raised(std::function<void(const Hash&)> handler) {
    core_->raised = std::move(handler);
}

}  // namespace dure::node
