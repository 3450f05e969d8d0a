#include "ledger/rounds/attesting.h"

#include <algorithm>
#include <vector>

namespace dure::ledger {

std::uint32_t attesters(const RoundRecord& round) {
    return static_cast<std::uint32_t>(
        std::count_if(round.participants.begin(), round.participants.end(),
                      [](const Participant& one) { return !one.weight.is_zero(); }));
}

std::optional<CheckpointAttestation> agreed_checkpoint(const StateReader& state, const Parameters& parameters,
                                                       const RoundRecord& round) {
    struct Voice {
        CheckpointAttestation said;
        Shares weight;
    };
    std::vector<Voice> voices;
    Attestations::scan_part(
        state, round.number, [&](const RoundAccountKey& key, const AttestationRecord& record) {
            if (!record.opened) return true;
            const Participant* participant = round.participant(key.account);
            DURE_ASSERT(participant != nullptr);
            const auto same = std::find_if(voices.begin(), voices.end(),
                                           [&](const Voice& voice) { return voice.said == *record.opened; });
            if (same == voices.end()) {
                voices.push_back({*record.opened, participant->weight});
            } else {
                same->weight += participant->weight;
            }
            return true;
        });
    const Shares least{
        mul_div(Pool::get(state).bonded_shares.value, parameters.attest_bonded_min_bp, k_basis_points)};
    for (const Voice& voice : voices) {
        const bool is_enough =
            static_cast<Uint128>(voice.weight.value) * 3 >= static_cast<Uint128>(round.weight.value) * 2;
        if (is_enough && voice.weight >= least) return voice.said;
    }
    return std::nullopt;
}

bool attests(const AttestationRecord& record, const CheckpointRecord& checkpoint) {
    return record.opened && record.opened->root == checkpoint.root &&
           record.opened->blob == checkpoint.blob && record.opened->held_out_loss == checkpoint.held_out_loss;
}

std::uint32_t attestations_committed(const StateReader& state, const RoundRecord& round) {
    std::uint32_t count = 0;
    Attestations::scan_part(state, round.number, [&](const RoundAccountKey&, const AttestationRecord&) {
        ++count;
        return true;
    });
    return count;
}

}  // namespace dure::ledger
