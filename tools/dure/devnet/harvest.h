// What a devnet has brought: the loss curve, who owns what for which kind of contribution, a paid answer, and
// how its fee was split to the last 2^-64 grain.
#pragma once

#include <boost/json.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tools/dure/devnet/fee_parts.h"
#include "tools/dure/devnet/layout.h"
#include "tools/dure/devnet/network.h"
#include "tools/dure/output.h"
#include "tools/dure/paying.h"

namespace dure::tools {

enum class ShareKind : std::uint8_t { founding, compute, data, validator };

struct OwnerRow {
    std::string address;
    std::string name;
    std::map<ShareKind, std::uint64_t> shares;  ///< in share units, by what they were minted for
    std::uint64_t total = 0;                    ///< that the ledger says
};

struct Sale {
    std::string prompt;
    PaidAnswer paid;
    boost::json::value settlement;  ///< as the node shows it
    std::vector<OwnerPart> parts;
    Settlement split;
};

struct Harvest {
    std::vector<Point> curve;                        ///< held-out loss in nats by round; round 0 is genesis's
    std::map<std::uint64_t, std::uint64_t> growths;  ///< the generation that a round's result was grown to
    std::vector<OwnerRow> owners;
    Sale sale;
};

/// Loss and owners; what no round's receipt explains was theirs from the founding. Errors: `unavailable`.
Status gather_owners(Network& network, const Devnet& devnet, Harvest& harvest);

/// Asks the server node as the customer, waits for the settlement of what it earned, and splits it among the
/// owners. Errors: those of asking; `unavailable` if nothing is settled in time; `invalid` if the parts do
/// not sum exactly.
Status sell_an_answer(Network& network, const Devnet& devnet, const std::string& prompt, Sale& sale,
                      const SayLine& say);

std::string harvest_text(const Harvest& harvest, const Devnet& devnet);
boost::json::object harvest_json(const Harvest& harvest, const Devnet& devnet);

}  // namespace dure::tools
