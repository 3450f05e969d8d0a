#include "node/chain/signature_pool.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>

namespace dure::node {

namespace asio = boost::asio;
using protocol::Transaction;

namespace {

/// So many checks (about 50 µs each) go to a thread at a time.
constexpr std::size_t k_share = 32;

/// One call's work: written by the threads, each its own share, read when all are done.
struct Work {
    explicit Work(asio::io_context& io) : done(io) {}
    std::vector<Transaction> transactions;
    std::vector<Status> results;
    std::size_t shares_left = 0;  // only on the io_context
    asio::steady_timer done;
};

}  // namespace

SignaturePool::SignaturePool(asio::io_context& io, unsigned threads)
    : io_(io), threads_(std::max(threads, 1U)) {}

SignaturePool::~SignaturePool() {
    stop();
}

void SignaturePool::stop() {
    threads_.stop();
    threads_.join();
}

void SignaturePool::remember(const Hash& witness) {
    if (young_.size() >= k_max_remembered_witnesses / 2) {
        old_ = std::move(young_);
        young_.clear();
    }
    young_.insert(witness);
}

asio::awaitable<std::vector<Status>> SignaturePool::check(std::span<const Transaction> transactions) {
    std::vector<Status> results(transactions.size());
    std::vector<Hash> witnesses(transactions.size());
    std::vector<std::size_t> unknown;
    const auto work = std::make_shared<Work>(io_);
    for (std::size_t i = 0; i < transactions.size(); ++i) {
        witnesses[i] = protocol::witness_id(transactions[i]);
        if (knows(witnesses[i])) continue;
        unknown.push_back(i);
        work->transactions.push_back(transactions[i]);
    }
    if (unknown.empty()) co_return results;

    work->results.resize(unknown.size());
    work->shares_left = (unknown.size() + k_share - 1) / k_share;
    work->done.expires_at(std::chrono::steady_clock::time_point::max());
    for (std::size_t first = 0; first < unknown.size(); first += k_share) {
        const std::size_t last = std::min(first + k_share, unknown.size());
        asio::post(threads_, [work, first, last, io = &io_] {
            for (std::size_t i = first; i < last; ++i)
                work->results[i] = protocol::check_signatures(work->transactions[i]);
            asio::post(*io, [work] {
                if (--work->shares_left == 0) work->done.cancel();
            });
        });
    }
    while (work->shares_left > 0)
        static_cast<void>(co_await work->done.async_wait(asio::as_tuple(asio::use_awaitable)));
    checked_ += unknown.size();
    for (std::size_t i = 0; i < unknown.size(); ++i) {
        results[unknown[i]] = work->results[i];
        if (work->results[i]) remember(witnesses[unknown[i]]);
    }
    co_return results;
}

}  // namespace dure::node
