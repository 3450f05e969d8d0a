#include "consensus/leader.h"

#include "base/assert.h"
#include "base/money.h"

namespace dure::consensus {

std::size_t leader(const protocol::ValidatorSet& validators, const Hash& seed, protocol::Epoch epoch,
                   protocol::Slot slot) {
    static const TaggedHash hash("dure/leader");
    const Hash drawn = hash({seed.bytes, encode(epoch), encode(slot)});
    Uint128 number = 0;
    for (std::size_t i = 16; i > 0; --i)
        number = number << 8 | drawn.bytes[i - 1];
    const std::uint64_t total = validators.total_weight();
    DURE_ASSERT(total > 0);
    std::uint64_t rest = static_cast<std::uint64_t>(number % total);
    for (std::size_t i = 0; i < validators.validators.size(); ++i) {
        if (rest < validators.validators[i].weight) return i;
        rest -= validators.validators[i].weight;
    }
    DURE_ASSERT(false);
    return 0;
}

}  // namespace dure::consensus
