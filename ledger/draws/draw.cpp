#include "ledger/draws/draw.h"

#include "ledger/records/tables.h"

namespace dure::ledger {

namespace {

/// All ones, as many as `number` has bits.
Uint128 mask_over(Uint128 number) {
    for (unsigned shift = 1; shift < 128; shift *= 2)
        number |= number >> shift;
    return number;
}

}  // namespace

Uint128 Draw::next() {
    static const TaggedHash hash("dure/draw");
    const bool second = numbers_ % 2 == 1;
    if (!second) block_ = hash({stream_.bytes, encode(numbers_ / 2)});
    ++numbers_;
    Uint128 number = 0;
    for (std::size_t i = 16; i-- > 0;)
        number = number << 8 | block_.bytes[second ? 16 + i : i];
    return number;
}

Uint128 Draw::below(Uint128 bound) {
    DURE_ASSERT(bound > 0);
    const Uint128 mask = mask_over(bound - 1);
    while (true) {
        const Uint128 number = next() & mask;
        if (number < bound) return number;
    }
}

std::vector<Candidate> bonded_trainers(const StateReader& state) {
    std::vector<Candidate> candidates;
    Peers::scan(state, [&](const Account& account, const PeerRecord& peer) {
        if (!peer.is(k_role_trainer)) return true;
        const auto record = Accounts::find(state, account);
        if (record && !record->bonded.is_zero()) candidates.push_back({account, record->bonded});
        return true;
    });
    return candidates;
}

std::optional<Candidate> draw_one(Draw& draw, std::span<const Candidate> candidates) {
    Uint128 total = 0;
    for (const Candidate& candidate : candidates)
        total += candidate.weight.value;
    if (total == 0) return std::nullopt;
    Uint128 lot = draw.below(total);
    for (const Candidate& candidate : candidates) {
        if (lot < candidate.weight.value) return candidate;
        lot -= candidate.weight.value;
    }
    return std::nullopt;
}

std::vector<Candidate> draw_several(Draw& draw, std::vector<Candidate> candidates, std::size_t count) {
    std::vector<Candidate> drawn;
    while (drawn.size() < count) {
        const auto one = draw_one(draw, candidates);
        if (!one) break;
        std::erase(candidates, *one);
        drawn.push_back(*one);
    }
    return drawn;
}

}  // namespace dure::ledger
