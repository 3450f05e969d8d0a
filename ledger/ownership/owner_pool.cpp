#include "ledger/ownership/owner_pool.h"

namespace dure::ledger {

void accrue(PoolRecord& pool, Coin fee) {
    pool.held += fee;
    pool.undistributed += fee;
    if (pool.total_shares.is_zero()) return;
    DURE_ASSERT(pool.undistributed.value < k_max_supply && pool.total_shares.value < k_max_supply);
    const Uint128 divided = (static_cast<Uint128>(pool.undistributed.value) << 64) + pool.carry;
    pool.accumulator = Accumulator::of(pool.accumulator.number() + divided / pool.total_shares.value);
    pool.carry = static_cast<std::uint64_t>(divided % pool.total_shares.value);
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

Coin claim(AccountRecord& account, PoolRecord& pool) {
    settle(account, pool);
    const Coin whole{account.pending.high};
    account.pending.high = 0;
    pool.held -= whole;
    return whole;
}

}  // namespace dure::ledger
