// What all committees that decide by replaying have in common, whatever they decide about: they are drawn by weight, each
// member commits to what it found before any opens, and more than two thirds of their weight decide.
//
// Not here: deadlines, and what follows from a decision (rounds/disputes.h, serving/receipt_cases.h).
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "base/hash.h"
#include "base/keys.h"
#include "ledger/records/jury.h"
#include "ledger/state/overlay.h"

namespace dure::ledger {

/// Up to `size` of the bonded trainers, by weight, none of `parties`. Empty if there is nobody to draw.
Jury draw_jury(const StateReader& state, const Hash& stream, std::span<const Account> parties,
               std::size_t size);

/// None for who does not sit on it.
Juror* find_juror(Jury& jury, const Account& account);
const Juror* find_juror(const Jury& jury, const Account& account);

bool anybody_committed(const Jury& jury);
bool everybody_committed(const Jury& jury);
/// Nothing more can come: who committed has opened, and the others cannot any more.
bool everybody_opened(const Jury& jury);

/// What more than two thirds of the weight found; those who are silent count as weight.
std::optional<Hash> agreed_finding(const Jury& jury);

/// Those who found it are paid for a verdict at the next mint.
void credit_jury(Overlay& state, const Jury& jury, const Hash& found);

}  // namespace dure::ledger
