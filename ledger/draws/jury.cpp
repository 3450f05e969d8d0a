#include "ledger/draws/jury.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "ledger/draws/draw.h"
#include "ledger/records/tables.h"

namespace dure::ledger {

namespace {

auto* find_in(auto& jury, const Account& account) {
    const auto found =
        std::find_if(jury.begin(), jury.end(), [&](const Juror& one) { return one.account == account; });
    return found == jury.end() ? nullptr : &*found;
}

}  // namespace

Jury draw_jury(const StateReader& state, const Hash& stream, std::span<const Account> parties,
               std::size_t size) {
    std::vector<Candidate> candidates = bonded_trainers(state);
    std::erase_if(candidates, [&](const Candidate& one) {
        return std::find(parties.begin(), parties.end(), one.account) != parties.end();
    });
    Draw draw(stream);
    Jury jury;
    for (const Candidate& one : draw_several(draw, std::move(candidates), size))
        jury.push_back({.account = one.account, .weight = one.weight});
    return jury;
}

Juror* find_juror(Jury& jury, const Account& account) {
    return find_in(jury, account);
}

const Juror* find_juror(const Jury& jury, const Account& account) {
    return find_in(jury, account);
}

bool anybody_committed(const Jury& jury) {
    return std::any_of(jury.begin(), jury.end(), [](const Juror& one) { return !one.owes_commitment(); });
}

bool everybody_committed(const Jury& jury) {
    return std::none_of(jury.begin(), jury.end(), [](const Juror& one) { return one.owes_commitment(); });
}

bool everybody_opened(const Jury& jury) {
    return std::none_of(jury.begin(), jury.end(), [](const Juror& one) { return one.owes_opening(); });
}

std::optional<Hash> agreed_finding(const Jury& jury) {
    Uint128 total = 0;
    for (const Juror& juror : jury)
        total += juror.weight.value;
    for (const Juror& candidate : jury) {
        if (!candidate.found) continue;
        Uint128 weight = 0;
        for (const Juror& juror : jury) {
            if (juror.found == candidate.found) weight += juror.weight.value;
        }
        if (weight * 3 > total * 2) return candidate.found;
    }
    return std::nullopt;
}

void credit_jury(Overlay& state, const Jury& jury, const Hash& found) {
    for (const Juror& juror : jury) {
        if (juror.found != found) continue;
        CreditRecord credit = Credits::find(state, juror.account).value_or(CreditRecord{});
        ++credit.verdicts;
        Credits::put(state, juror.account, credit);
    }
}

}  // namespace dure::ledger
