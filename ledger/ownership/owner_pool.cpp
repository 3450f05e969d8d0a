#include "ledger/ownership/owner_pool.h"

namespace dure::ledger {

void accrue(PoolRecord& pool, Coin fee) {
    pool.held += fee;
    pool.undistributed += fee;
    accrue_fine(pool, 0);
}

void accrue_fine(PoolRecord& pool, Uint128 fees) {
    DURE_ASSERT(pool.undistributed.value < k_max_supply && pool.total_shares.value < k_max_supply);
    DURE_ASSERT(fees >> 64 < k_max_supply);
    // All coins together are less than 2^63 grain: the sum fits.
    const Uint128 all = (static_cast<Uint128>(pool.undistributed.value) << 64) + fees + pool.carry;
    if (pool.total_shares.is_zero()) {
        pool.undistributed = Coin{static_cast<std::uint64_t>(all >> 64)};
        pool.carry = static_cast<std::uint64_t>(all);
        return;
    }
    pool.accumulator = Accumulator::of(pool.accumulator.number() + all / pool.total_shares.value);
    pool.carry = static_cast<std::uint64_t>(all % pool.total_shares.value);
    pool.undistributed = Coin{};
}

FineCoin owed_to(const AccountRecord& account, const PoolRecord& pool) {
    const Uint128 each = pool.accumulator.number() - account.checkpoint.number();
    return FineCoin::of(account.pending.number() + each * account.all_shares().value);
}

void settle(AccountRecord& account, const PoolRecord& pool) {
    account.pending = owed_to(account, pool);
    account.checkpoint = pool.accumulator;
}

Uint128 forfeit(AccountRecord& account, Shares part) {
    const Shares all = account.all_shares();
    DURE_ASSERT(!all.is_zero() && part <= all);
    // pending × part / all by long division in base 2^64: the product would need 191 bits.
    const Uint128 high = static_cast<Uint128>(account.pending.high) * part.value;
    const Uint128 low = static_cast<Uint128>(account.pending.low) * part.value;
    const Uint128 rest = (high % all.value << 64) + low;
    const Uint128 fees = (high / all.value << 64) + rest / all.value;
    account.pending = FineCoin::of(account.pending.number() - fees);
    return fees;
}

Coin claim(AccountRecord& account, PoolRecord& pool) {
    settle(account, pool);
    const Coin whole{account.pending.high};
    account.pending.high = 0;
    pool.held -= whole;
    return whole;
}

}  // namespace dure::ledger
