// What a node that sells answers says about itself on the chain: a pure function of the final state.
//
// Promises: whoever sells has bonded what it wants to stand behind its receipts before it says so, then says where it is
// reached and what it asks; who has stopped selling withdraws that role. Nothing is repeated that the chain says already;
// the beneficiary and the TLS key that it knows stay.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/keys.h"
#include "base/money.h"
#include "base/result.h"
#include "ledger/state/reader.h"
#include "ledger/transactions/payload.h"

namespace dure::node {

struct Registration {
    bool sells = false;
    bool trains = false;
    std::string endpoint;  ///< for other nodes
    std::string service;   ///< for who buys
    Coin price_per_input_token;
    Coin price_per_output_token;
    std::optional<Coin> bond;  ///< none: what the chain asks of servers
};

/// The next transaction that makes the chain say what is wanted; none if it does. Errors: `insufficient` if the node's
/// account cannot pay for it, with what it lacks.
Result<std::optional<ledger::Payload>> next_registration(const ledger::StateReader& state,
                                                         const Account& node, const Registration& wanted);

/// Where an interface is reached that listens at `listening` (host:port, after it was bound), for nodes that `peers` (those
/// it is told to connect to) are among. An address of all interfaces has the host of `endpoint`, by which other nodes reach
/// this one. A loopback address reaches nobody else: it counts only where all peers are on loopback, too. "" if nothing
/// is known that others could use.
std::string reachable_address(const std::string& listening, const std::string& endpoint,
                              const std::vector<std::string>& peers);

}  // namespace dure::node
