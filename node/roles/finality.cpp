#include "node/roles/finality.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>

#include "ledger/execution.h"

namespace dure::node {

namespace asio = boost::asio;

class FinalityWatch::Core : public std::enable_shared_from_this<Core> {
  public:
    Core(asio::io_context& io, Chain& chain) : io_(io), chain_(chain) {}

    void start() {
        handle_ = chain_.on_final([this](const protocol::Block& block, const ledger::BlockOutcome& outcome) {
            see(block.header.height, outcome);
        });
    }

    void stop() {
        if (stopped_) return;
        stopped_ = true;
        chain_.off(handle_);
        for (const auto& [id, waiter] : waiters_)
            waiter->signal.cancel();
    }

    asio::awaitable<Result<Inclusion>> include(protocol::Transaction transaction,
                                               std::chrono::milliseconds patience) {
        const auto self = shared_from_this();
        const Hash id = protocol::transaction_id(transaction);
        if (const auto known = chain_.transaction(id)) co_return inclusion_of(id, *known);
        const protocol::Height expires = transaction.body.expires;
        const auto until = std::chrono::steady_clock::now() + patience;
        Waiter waiter{asio::steady_timer(io_), std::nullopt};
        const auto place = waiters_.emplace(id, &waiter);
        const Status admitted = co_await chain_.submit(std::move(transaction));
        // Known already, or its nonce used up by itself: then it comes, or has come, without us.
        const bool may_be_there =
            admitted || admitted.error().code == ErrorCode::duplicate || chain_.is_pending(id);
        while (may_be_there && !stopped_ && !waiter.inclusion && chain_.head().height < expires &&
               std::chrono::steady_clock::now() < until) {
            waiter.signal.expires_at(until);
            boost::system::error_code ignored;
            co_await waiter.signal.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        }
        waiters_.erase(place);
        if (waiter.inclusion) co_return std::move(*waiter.inclusion);
        if (const auto known = chain_.transaction(id)) co_return inclusion_of(id, *known);
        if (!may_be_there) co_return admitted.error();
        if (stopped_) co_return Error{ErrorCode::unavailable, "the node is stopping"};
        if (chain_.head().height >= expires) {
            co_return Error{ErrorCode::expired, "transaction " + id.hex() +
                                                    " could be included up to height " + to_text(expires) +
                                                    "; sign a new one"};
        }
        co_return Error{ErrorCode::unavailable,
                        "transaction " + id.hex() + " is admitted but not final yet; try again in a moment"};
    }

  private:
    struct Waiter {
        asio::steady_timer signal;
        std::optional<Inclusion> inclusion;
    };

    static Inclusion inclusion_of(const Hash& id, const TransactionRecord& record) {
        Inclusion inclusion{id, record.height, {}};
        if (!record.ok) {
            inclusion.outcome =
                Error{ErrorCode::invalid, static_cast<const std::string&>(record.code) + ": " +
                                              static_cast<const std::string&>(record.message)};
        }
        return inclusion;
    }

    void see(protocol::Height height, const ledger::BlockOutcome& outcome) {
        if (waiters_.empty()) return;
        for (const ledger::TransactionReceipt& receipt : outcome.receipts) {
            const auto [first, last] = waiters_.equal_range(receipt.id);
            for (auto waiter = first; waiter != last; ++waiter) {
                Inclusion inclusion{receipt.id, height, {}};
                if (!receipt.ok) inclusion.outcome = receipt.error;
                waiter->second->inclusion = std::move(inclusion);
            }
        }
        for (const auto& [id, waiter] : waiters_)
            waiter->signal.cancel();
    }

    asio::io_context& io_;
    Chain& chain_;
    std::multimap<Hash, Waiter*> waiters_;
    std::uint64_t handle_ = 0;
    bool stopped_ = false;
};

FinalityWatch::FinalityWatch(asio::io_context& io, Chain& chain) : core_(std::make_shared<Core>(io, chain)) {
    core_->start();
}
FinalityWatch::~FinalityWatch() {
    core_->stop();
}
asio::awaitable<Result<Inclusion>> FinalityWatch::include(protocol::Transaction transaction,
                                                          std::chrono::milliseconds patience) {
    return core_->include(std::move(transaction), patience);
}
void FinalityWatch::stop() {
    core_->stop();
}

}  // namespace dure::node
