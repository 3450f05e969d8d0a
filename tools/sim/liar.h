// A liar's words: votes and proposals signed at random about whatever it hears of, forged ones among them.
#pragma once

#include <vector>

#include "consensus/crypto.h"
#include "consensus/events.h"
#include "tools/sim/world.h"

namespace dure::sim {

std::vector<consensus::Message> lies_about(const consensus::Message& heard, const consensus::Signer& signer,
                                           const Hash& chain_id, Chance& chance);

}  // namespace dure::sim
