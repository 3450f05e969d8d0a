#include "ledger/draws/reveals.h"

#include <algorithm>
#include <vector>

#include "ledger/records/beacon.h"

namespace dure::ledger {

namespace {

/// The height h such that those who revealed at h or later weigh more than a third, and h is the greatest
/// such. Reveals from before a validator of today committed to its hash chain do not count: it may have chosen
/// the chain by them.
protocol::Height matured_before(const StateReader& state) {
    struct Reveal {
        protocol::Height height;
        std::uint64_t weight;
    };
    std::vector<Reveal> reveals;
    Uint128 total = 0;
    protocol::Height committed;
    Validators::scan(state, [&](const Account&, const ValidatorRecord& validator) {
        committed = std::max(committed, validator.stood_at);
        reveals.push_back({validator.last_reveal, validator.weight});
        total += validator.weight;
        return true;
    });
    std::sort(reveals.begin(), reveals.end(),
              [](const Reveal& a, const Reveal& b) { return a.height > b.height; });
    Uint128 weight = 0;
    for (const Reveal& reveal : reveals) {
        weight += reveal.weight;
        if (weight * 3 > total) return reveal.height > committed ? reveal.height : protocol::Height{};
    }
    return {};
}

}  // namespace

Status accept_reveal(Overlay& state, const protocol::Header& header) {
    auto validator = Validators::find(state, header.proposer);
    if (!validator)
        return Error{ErrorCode::invalid,
                     "the block's proposer " + header.proposer.address() + " is no validator"};
    if (beacon_link(header.beacon_reveal) != validator->beacon_link) {
        return Error{ErrorCode::invalid, "the block reveals " + header.beacon_reveal.hex() +
                                             ", which is not the preimage of the proposer's link " +
                                             validator->beacon_link.hex()};
    }
    validator->beacon_link = header.beacon_reveal;
    validator->last_reveal = header.height;
    ++validator->reveals;
    Validators::put(state, header.proposer, *validator);
    ProposedBlocks::put(state, header.proposer, ProposedBlocks::find(state, header.proposer).value_or(0) + 1);
    BeaconRecord beacon = Beacon::get(state);
    beacon.value = next_beacon(beacon.value, header.beacon_reveal);
    beacon.matured_before = matured_before(state);
    Beacon::put(state, beacon);
    return {};
}

bool beacon_matured(const StateReader& state, protocol::Height closed) {
    return closed < Beacon::get(state).matured_before;
}

}  // namespace dure::ledger
