// Checks transactions' signatures on a few threads, each transaction's once: what was found good is
// remembered under its witness id, which covers the signatures. Whether a block is valid never depends on
// what is remembered.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstdint>
#include <unordered_set>
#include <vector>

#include "base/hash.h"
#include "base/protocol/transaction.h"
#include "base/result.h"

namespace dure::node {

/// Good witness ids that are remembered, at least half of it.
inline constexpr std::size_t k_max_remembered_witnesses = 400'000;

class SignaturePool {
  public:
    SignaturePool(boost::asio::io_context& io, unsigned threads);
    ~SignaturePool();

    /// One status each, in order: protocol::check_signatures. Resumes on the io_context. The transactions
    /// must stay as they are until then.
    boost::asio::awaitable<std::vector<Status>> check(std::span<const protocol::Transaction> transactions);

    std::uint64_t checked() const { return checked_; }
    /// Waits for the threads; nothing is checked any more.
    void stop();

  private:
    bool knows(const Hash& witness) const { return young_.contains(witness) || old_.contains(witness); }
    void remember(const Hash& witness);

    boost::asio::io_context& io_;
    boost::asio::thread_pool threads_;
    std::uint64_t checked_ = 0;
    std::unordered_set<Hash, HashOfBytes> young_;
    std::unordered_set<Hash, HashOfBytes> old_;
};

}  // namespace dure::node
