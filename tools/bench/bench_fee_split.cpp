// What one fee split costs among 10^6 owners and among 10: the pool's record read from a state that holds all
// their accounts, the fee accrued, the record written back, as a settlement does it. Both are timed in turn,
// in batches, and their medians compared. Beside them stand the bare arithmetic, settling one owner, and the
// naive split that visits everybody.
//
// usage: bench_fee_split [--json FILE]
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

#include "ledger/ownership/owner_pool.h"
#include "ledger/records/tables.h"
#include "ledger/state/memory_state.h"
#include "tools/bench/figures.h"

namespace dure::ledger {
namespace {

constexpr std::size_t k_few = 10;
constexpr std::size_t k_many = 1'000'000;
constexpr std::size_t k_batches = 201;
constexpr std::size_t k_splits_per_batch = 2'000;
constexpr std::size_t k_naive_splits = 15;

/// Repeatable choices; the benchmark must not depend on a library's random engine being fast.
class Steps {
  public:
    std::uint64_t next() {
        state_ = state_ * 6364136223846793005U + 1442695040888963407U;
        return state_ >> 33;
    }

  private:
    std::uint64_t state_ = 1;
};

Account owner_of(std::uint64_t number) {
    Account account;
    for (std::size_t i = 0; i < 8; ++i)
        account.key[i] = static_cast<std::uint8_t>((number * 0x9e3779b97f4a7c15U) >> (8 * i));
    return account;
}

/// A state with so many owners of a few shares each.
class Owners {
  public:
    explicit Owners(std::size_t count) {
        Overlay overlay(state_);
        PoolRecord pool;
        for (std::size_t i = 0; i < count; ++i) {
            AccountRecord account;
            account.free = Shares{1 + i % 1'000};
            pool.total_shares += account.free;
            pool.minted += account.free;
            Accounts::put(overlay, owner_of(i), account);
            records_.push_back(account);
        }
        Pool::put(overlay, pool);
        state_.apply(overlay.changes());
    }
    /// Nanoseconds a split.
    double time_splits(Steps& steps) {
        Overlay overlay(state_);
        const auto begin = std::chrono::steady_clock::now();
        for (std::size_t i = 0; i < k_splits_per_batch; ++i) {
            PoolRecord pool = Pool::get(overlay);
            accrue(pool, Coin{1 + steps.next() % 1'000'000});
            Pool::put(overlay, pool);
        }
        return since(begin) / static_cast<double>(k_splits_per_batch);
    }
    double time_accrue(Steps& steps) {
        PoolRecord pool = Pool::get(state_);
        const auto begin = std::chrono::steady_clock::now();
        for (std::size_t i = 0; i < k_splits_per_batch; ++i)
            accrue(pool, Coin{1 + steps.next() % 1'000'000});
        const double time = since(begin) / static_cast<double>(k_splits_per_batch);
        sink_ ^= pool.carry;
        return time;
    }
    /// Settles owners out of the first `among`.
    double time_settle(Steps& steps, std::size_t among) {
        PoolRecord pool = Pool::get(state_);
        pool.accumulator = Accumulator::of(steps.next());
        const auto begin = std::chrono::steady_clock::now();
        for (std::size_t i = 0; i < k_splits_per_batch; ++i)
            settle(records_[steps.next() % among], pool);
        return since(begin) / static_cast<double>(k_splits_per_batch);
    }
    /// The split that everybody would write first.
    double time_naive(Steps& steps) {
        PoolRecord pool = Pool::get(state_);
        const Uint128 fee = static_cast<Uint128>(1 + steps.next() % 1'000'000) << 64;
        const auto begin = std::chrono::steady_clock::now();
        const Uint128 each = fee / pool.total_shares.value;
        for (AccountRecord& record : records_)
            record.pending = FineCoin::of(record.pending.number() + each * record.free.value);
        return since(begin);
    }
    std::uint64_t sink() const { return sink_ ^ records_[0].pending.low; }

  private:
    static double since(std::chrono::steady_clock::time_point begin) {
        return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - begin).count();
    }
    MemoryState state_;
    std::vector<AccountRecord> records_;
    std::uint64_t sink_ = 0;
};

double median(std::vector<double> values) {
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2),
                     values.end());
    return values[values.size() / 2];
}

int measure(bench::Figures& figures) {
    Owners few(k_few);
    Owners many(k_many);
    Steps steps;
    std::vector<double> few_split;
    std::vector<double> many_split;
    std::vector<double> bare;
    std::vector<double> hot;
    std::vector<double> random;
    std::vector<double> naive;
    for (std::size_t i = 0; i < k_batches; ++i) {
        few_split.push_back(few.time_splits(steps));
        many_split.push_back(many.time_splits(steps));
        bare.push_back(many.time_accrue(steps));
        hot.push_back(many.time_settle(steps, k_few));
        random.push_back(many.time_settle(steps, k_many));
    }
    for (std::size_t i = 0; i < k_naive_splits; ++i)
        naive.push_back(many.time_naive(steps));

    figures.add("fee_split", median(many_split) / median(few_split), "ratio", bench::Bar::at_most, 1.2);
    figures.detail("owners", boost::json::array{k_few, k_many});
    figures.detail("split_ns_10_owners", median(few_split));
    figures.detail("split_ns_1000000_owners", median(many_split));
    figures.detail("accrue_ns", median(bare));
    figures.detail("settle_hot_ns", median(hot));
    figures.detail("settle_random_ns", median(random));
    figures.detail("naive_split_1000000_owners_ns", median(naive));
    figures.detail("checksum", few.sink() ^ many.sink());
    return figures.finish();
}

}  // namespace
}  // namespace dure::ledger

int main(int argc, char** argv) {
    dure::bench::Figures figures("fee_split", argc, argv);
    return dure::ledger::measure(figures);
}
