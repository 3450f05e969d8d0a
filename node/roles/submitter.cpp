#include "node/roles/submitter.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>

#include "ledger/execution.h"
#include "ledger/views.h"
#include "node/roles/transaction_queue.h"

namespace dure::node {

namespace asio = boost::asio;

namespace {

/// Whether an admission's refusal may pass by itself.
bool may_pass(ErrorCode code) {
    switch (code) {
        case ErrorCode::conflict:  // a nonce that somebody with this key used: the next plan takes another
        case ErrorCode::duplicate:
        case ErrorCode::expired:
        case ErrorCode::insufficient:  // coins for the fee may arrive
        case ErrorCode::unavailable:
            return true;
        default:
            return false;
    }
}

}  // namespace

class Submitter::Core : public std::enable_shared_from_this<Core> {
  public:
    Core(asio::io_context& io, Chain& chain, const SecretKey& key, std::uint64_t life_blocks)
        : io_(io), chain_(chain), account_(key.account()), queue_(chain.chain_id(), key, life_blocks) {}

    void start() {
        handle_ = chain_.on_final([this](const protocol::Block& block, const ledger::BlockOutcome& outcome) {
            see(block, outcome);
        });
    }

    void stop() {
        if (stopped_) return;
        stopped_ = true;
        chain_.off(handle_);
        for (auto& [ticket, waiter] : waiters_)
            waiter->settle(Error{ErrorCode::unavailable, "the node is stopping"});
        waiters_.clear();
    }

    asio::awaitable<Result<Inclusion>> submit(ledger::Payload payload,
                                              std::optional<protocol::Height> useful_until) {
        const auto self = shared_from_this();
        if (stopped_) co_return Error{ErrorCode::unavailable, "the node is stopping"};
        const TransactionQueue::Ticket ticket = queue_.add(std::move(payload), useful_until);
        Waiter waiter(io_);
        waiters_.emplace(ticket, &waiter);
        pump();
        while (!waiter.result) {
            boost::system::error_code ignored;
            co_await waiter.signal.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        }
        co_return std::move(*waiter.result);
    }

    const Account& account() const { return account_; }
    std::size_t waiting() const { return queue_.size(); }

  private:
    struct Waiter {
        explicit Waiter(asio::io_context& io) : signal(io, asio::steady_timer::time_point::max()) {}
        void settle(Result<Inclusion> value) {
            result.emplace(std::move(value));
            signal.cancel();
        }
        asio::steady_timer signal;
        std::optional<Result<Inclusion>> result;
    };

    void see(const protocol::Block& block, const ledger::BlockOutcome& outcome) {
        const auto under_way = queue_.under_way();
        if (!under_way.empty()) {
            std::map<Hash, TransactionQueue::Ticket> tickets;
            for (const auto& [ticket, id] : under_way)
                tickets.emplace(id, ticket);
            for (const ledger::TransactionReceipt& receipt : outcome.receipts) {
                const auto found = tickets.find(receipt.id);
                if (found == tickets.end()) continue;
                queue_.included(found->second);
                Inclusion inclusion{receipt.id, block.header.height, {}};
                if (!receipt.ok) inclusion.outcome = receipt.error;
                settle(found->second, std::move(inclusion));
            }
        }
        if (queue_.size() > 0) pump();
    }

    void settle(TransactionQueue::Ticket ticket, Result<Inclusion> result) {
        const auto waiter = waiters_.find(ticket);
        if (waiter == waiters_.end()) return;
        Waiter* const found = waiter->second;
        waiters_.erase(waiter);
        found->settle(std::move(result));
    }

    /// Submits what the queue plans; one such run at a time, so that no transaction is planned twice while it
    /// is being admitted.
    void pump() {
        again_ = true;
        if (pumping_ || stopped_) return;
        pumping_ = true;
        asio::co_spawn(
            io_, [self = shared_from_this()] { return self->run(); }, asio::detached);
    }

    asio::awaitable<void> run() {
        const auto self = shared_from_this();
        while (again_ && !stopped_) {
            again_ = false;
            const TransactionQueue::Sight sight{
                chain_.head().height, ledger::account(chain_.state(), account_).nonce,
                chain_.next_nonce(account_), ledger::parameters(chain_.state()).minimum_fee};
            TransactionQueue::Plan plan = queue_.plan(sight);
            for (TransactionQueue::Dropped& dropped : plan.dropped)
                settle(dropped.ticket, std::move(dropped.reason));
            for (TransactionQueue::ToSubmit& item : plan.submit) {
                const Status status = co_await chain_.submit(std::move(item.transaction));
                if (stopped_) co_return;
                if (status) {
                    queue_.admitted(item.ticket);
                    continue;
                }
                if (!may_pass(status.error().code)) {
                    queue_.refused(item.ticket);
                    settle(item.ticket, status.error());
                    again_ = true;
                }
                // What comes after it would leave a gap; the next block brings the next try.
                break;
            }
        }
        pumping_ = false;
    }

    asio::io_context& io_;
    Chain& chain_;
    const Account account_;
    TransactionQueue queue_;
    std::map<TransactionQueue::Ticket, Waiter*> waiters_;
    std::uint64_t handle_ = 0;
    bool pumping_ = false;
    bool again_ = false;
    bool stopped_ = false;
};

Submitter::Submitter(asio::io_context& io, Chain& chain, const SecretKey& key, std::uint64_t life_blocks)
    : core_(std::make_shared<Core>(io, chain, key, life_blocks)) {
    core_->start();
}

Submitter::~Submitter() {
    core_->stop();
}

const Account& Submitter::account() const {
    return core_->account();
}
asio::awaitable<Result<Inclusion>> Submitter::submit(ledger::Payload payload,
                                                     std::optional<protocol::Height> useful_until) {
    return core_->submit(std::move(payload), useful_until);
}
std::size_t Submitter::waiting() const {
    return core_->waiting();
}
void Submitter::stop() {
    core_->stop();
}

}  // namespace dure::node
