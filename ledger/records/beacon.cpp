#include "ledger/records/beacon.h"

#include "base/assert.h"

namespace dure::ledger {

namespace {
constexpr std::uint64_t k_links_between_kept = 1'024;
}

Hash beacon_link(const Hash& below) {
    static const TaggedHash hash("dure/beacon/link");
    return hash(below.bytes);
}

Hash genesis_beacon(const Hash& chain_id) {
    static const TaggedHash hash("dure/beacon/genesis");
    return hash(chain_id.bytes);
}

Hash next_beacon(const Hash& beacon, const Hash& reveal) {
    static const TaggedHash hash("dure/beacon");
    return hash({beacon.bytes, reveal.bytes});
}

BeaconChain::BeaconChain(const Hash& seed, std::uint64_t length) : length_(length), tip_(seed) {
    for (std::uint64_t i = 0; i < length; ++i) {
        if (i % k_links_between_kept == 0) kept_.push_back(tip_);
        tip_ = beacon_link(tip_);
    }
}

Hash BeaconChain::reveal(std::uint64_t reveals) const {
    DURE_ASSERT(reveals < length_);
    const std::uint64_t place = length_ - 1 - reveals;
    Hash link = kept_[static_cast<std::size_t>(place / k_links_between_kept)];
    for (std::uint64_t i = 0; i < place % k_links_between_kept; ++i)
        link = beacon_link(link);
    return link;
}

}  // namespace dure::ledger
