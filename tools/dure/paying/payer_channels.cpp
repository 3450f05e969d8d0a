// The channels that calls are paid through: opened, topped up and looked after on the chain.
#include "ledger/records/channel.h"
#include "tools/dure/paying/payer_core.h"

namespace dure::tools {

using Clock = std::chrono::steady_clock;

namespace {

constexpr std::chrono::milliseconds k_confirm_interval{200};

/// A refusal is the node's last word; where none came, the transaction may be on its way.
bool refused(const Error& error) {
    return error.code != ErrorCode::unavailable && error.code != ErrorCode::internal;
}

}  // namespace

Payer::Core::Task<Result<Hash>> Payer::Core::channel_for(const Account& server, Coin cover,
                                                         std::string& opening) {
    const AsyncLock::Guard guard = co_await locks(server).channel.take(io);
    if (!chain_id_) co_return Error{ErrorCode::unavailable, "the chain is not known yet"};
    const OwnChannel* known = book.find(*chain_id_, key.account(), server);
    if (known != nullptr && known->opens_until) {
        const Status confirmed = co_await confirm_opening(known->id);
        if (!confirmed) co_return confirmed.error();
        known = book.find(*chain_id_, key.account(), server);
    }
    if (known != nullptr && !confirmed_.contains(known->id)) {
        const Hash id = known->id;
        const Result<std::optional<ChannelStatus>> status = co_await node.channel(id);
        if (!status) co_return status.error();
        if (!*status) {
            book.forget(id);
        } else {
            OwnChannel* const own = book.find(id);
            own->deposit = (*status)->deposit;
            own->closing = (*status)->closing;
            confirmed_.insert(id);
        }
        changed = true;
        known = book.find(*chain_id_, key.account(), server);
    }
    if (known == nullptr) {
        auto opened = open_channel(server, cover, opening);
        co_return co_await std::move(opened);
    }
    const Hash id = known->id;
    const Coin needed = till.deposit_needed(*known, cover);
    if (known->deposit < needed) {
        auto topping = top_up(id, needed);
        const Status topped = co_await std::move(topping);
        if (!topped) co_return topped.error();
    }
    co_return id;
}

Payer::Core::Task<Status> Payer::Core::send(const SignedTransaction& transaction) {
    const Result<bool> sent = co_await node.submit(transaction);
    if (!sent) co_return sent.error();
    co_return Status();
}

Payer::Core::Task<Result<Hash>> Payer::Core::send_own(ledger::Payload payload) {
    const AsyncLock::Guard guard = co_await transactions_.take(io);
    auto preparing = node.prepare(key, std::move(payload), options.fee);
    const Result<SignedTransaction> prepared = co_await std::move(preparing);
    if (!prepared) co_return prepared.error();
    if (const Status paid = book.budget.pay(today(), options.fee); !paid) co_return paid.error();
    changed = true;
    auto sending = send(*prepared);
    const Status sent = co_await std::move(sending);
    if (!sent) co_return sent.error();
    co_return prepared->id;
}

Payer::Core::Task<Result<Hash>> Payer::Core::open_channel(const Account& server, Coin cover,
                                                          std::string& opening) {
    const Coin deposit = std::max(options.deposit, cover);
    Hash channel;
    Hash transaction;
    {
        const AsyncLock::Guard guard = co_await transactions_.take(io);
        auto preparing = node.prepare(key, ledger::OpenChannel{server, deposit}, options.fee);
        const Result<SignedTransaction> prepared = co_await std::move(preparing);
        if (!prepared) co_return prepared.error();
        if (const Status paid = book.budget.pay(today(), options.fee); !paid) co_return paid.error();
        transaction = prepared->id;
        channel = ledger::channel_id(prepared->id);
        // In the book before it is sent: a deposit is never forgotten.
        book.add({*chain_id_, key.account(), server, channel, deposit, {}, {}, {}, prepared->expires});
        const Status kept = co_await commit();
        if (!kept) co_return kept.error();
        auto sending = send(*prepared);
        const Status sent = co_await std::move(sending);
        if (!sent && refused(sent.error())) {
            book.forget(channel);
            changed = true;
            co_return with_context(sent.error(),
                                   "cannot open a channel with a deposit of " + to_text(deposit) + " DURE");
        }
    }
    opening = transaction.hex();
    const Status confirmed = co_await confirm_opening(channel);
    if (!confirmed) co_return confirmed.error();
    if (book.find(channel) == nullptr)
        co_return Error{ErrorCode::unavailable, "the channel's opening " + opening + " did not become final"};
    co_return channel;
}

Payer::Core::Task<Status> Payer::Core::confirm_opening(Hash id) {
    const Clock::time_point deadline = Clock::now() + options.final_patience;
    while (true) {
        const Result<std::optional<ChannelStatus>> status = co_await node.channel(id);
        if (!status) co_return status.error();
        OwnChannel* const own = book.find(id);
        if (own == nullptr) co_return Status();
        if (*status) {
            own->opens_until.reset();
            own->deposit = (*status)->deposit;
            own->closing = (*status)->closing;
            confirmed_.insert(id);
            changed = true;
            co_return Status();
        }
        const std::uint64_t until = own->opens_until.value_or(0);
        const Result<NodeStatus> now = co_await node.status();
        if (!now) co_return now.error();
        if (now->height > until) {
            book.forget(id);
            changed = true;
            co_return Status();
        }
        if (Clock::now() > deadline) {
            co_return Error{ErrorCode::unavailable, "the channel " + id.hex() + " is not final after " +
                                                        std::to_string(options.final_patience.count()) +
                                                        " s"};
        }
        co_await pause(k_confirm_interval);
    }
}

Payer::Core::Task<Status> Payer::Core::top_up(Hash id, Coin needed) {
    const OwnChannel* own = book.find(id);
    if (own == nullptr || own->deposit >= needed) co_return Status();
    const Coin more = std::max(options.deposit, needed - own->deposit);
    Hash transaction;
    {
        const AsyncLock::Guard guard = co_await transactions_.take(io);
        auto preparing = node.prepare(key, ledger::TopUpChannel{id, more}, options.fee);
        const Result<SignedTransaction> prepared = co_await std::move(preparing);
        if (!prepared) co_return prepared.error();
        if (const Status paid = book.budget.pay(today(), options.fee); !paid) co_return paid.error();
        confirmed_.erase(id);  // what it holds is asked for anew if this is interrupted
        auto sending = send(*prepared);
        const Status sent = co_await std::move(sending);
        if (!sent)
            co_return with_context(sent.error(),
                                   "cannot add " + to_text(more) + " DURE to channel " + id.hex());
        transaction = prepared->id;
    }
    auto waiting = node.wait_for(transaction, options.final_patience);
    const Result<bool> final = co_await std::move(waiting);
    if (!final) co_return final.error();
    const Result<std::optional<ChannelStatus>> status = co_await node.channel(id);
    if (!status) co_return status.error();
    if (OwnChannel* const now = book.find(id); now != nullptr && *status) {
        now->deposit = (*status)->deposit;
        confirmed_.insert(id);
        changed = true;
    }
    co_return Status();
}

}  // namespace dure::tools
