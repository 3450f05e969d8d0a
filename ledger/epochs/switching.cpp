#include "ledger/epochs/switching.h"

#include <algorithm>
#include <map>

#include "base/assert.h"
#include "ledger/ownership/balances.h"

namespace dure::ledger {

namespace {

using protocol::Epoch;
using protocol::Height;

/// What the running validators have revealed and missed is written down with their candidacies, which outlive the
/// epoch.
std::map<Account, ValidatorRecord> close_epoch(Overlay& state, const Parameters& parameters,
                                               const EpochRecord& running) {
    std::map<Account, ValidatorRecord> before;
    Validators::scan(state, [&](const Account& account, const ValidatorRecord& validator) {
        before.emplace(account, validator);
        return true;
    });
    for (const auto& [account, validator] : before) {
        Validators::erase(state, account);
        auto candidate = Candidates::find(state, account);
        if (!candidate || candidate->stood_at != validator.stood_at) continue;
        candidate->beacon_link = validator.beacon_link;
        candidate->reveals = validator.reveals;
        candidate->missed_turns = missed_turns(*candidate, validator, running, parameters.epoch_blocks);
        Candidates::put(state, account, *candidate);
    }
    return before;
}

/// Who was found too poor or absent before the block; not who stood anew in it.
void drop_candidates(Overlay& state, const Selection& selection, Height boundary, Events& events) {
    for (const Account& account : selection.dropped) {
        const auto candidate = Candidates::find(state, account);
        if (!candidate || candidate->stood_at == boundary) continue;
        Candidates::erase(state, account);
        events.push_back(CandidacyEnded{.account = account, .withdrawn = false});
    }
}

}  // namespace

void begin_next_epoch(Overlay& state, const Parameters& parameters, const Selection& selection,
                      const Hash& leader_seed, Height boundary, Events& events) {
    const Epoch ended = CurrentEpoch::get(state);
    const Epoch begun = ended.next();
    DURE_ASSERT(last_height_of(parameters.epoch_blocks, ended) == boundary);
    const auto before = close_epoch(state, parameters, Epochs::get(state, ended));
    drop_candidates(state, selection, boundary, events);

    const Height last = *last_height_of(parameters.epoch_blocks, begun);
    for (std::size_t i = 0; i < selection.records.size(); ++i) {
        const Account& account = selection.validators.validators[i].key;
        ValidatorRecord record = selection.records[i];
        // The block at hand is one of its reveals, perhaps.
        if (const auto old = before.find(account);
            old != before.end() && old->second.stood_at == record.stood_at) {
            record.beacon_link = old->second.beacon_link;
            record.reveals = old->second.reveals;
            record.last_reveal = old->second.last_reveal;
        }
        const Shares stake = load_account(state, account).stake_through(last);
        record.slashed = Shares{record.weight - std::min(record.weight, stake.value)};
        Validators::put(state, account, record);
    }
    CurrentEpoch::put(state, begun);
    Epochs::put(state, begun,
                {.first = boundary.next(), .validators = selection.validators, .leader_seed = leader_seed});
    events.push_back(EpochBegan{.epoch = begun,
                                .first = boundary.next(),
                                .validators = selection.validators.hash(),
                                .count = static_cast<std::uint32_t>(selection.records.size()),
                                .weight = Shares{selection.validators.total_weight()},
                                .goes_on = selection.goes_on});
}

}  // namespace dure::ledger
