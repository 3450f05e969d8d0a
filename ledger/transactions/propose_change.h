// Proposes other values for some parameters, or a later protocol version, or both, from an epoch on. Votes on it are counted when a later epoch ends
// (ledger/epochs/changes.h); until then the payer's deposit is held.
#pragma once

#include <tuple>

#include "base/codec.h"
#include "base/result.h"
#include "ledger/records/change.h"
#include "ledger/transactions/context.h"

namespace dure::ledger {

struct ProposeChange {
    static constexpr const char* k_name = "propose_change";
    ParameterChanges parameters;  ///< by ascending parameter, each once
    std::uint32_t version = 0;    ///< of the protocol; 0: it stays
    /// The first epoch that it is to hold in: at least one whole epoch after the votes are counted.
    protocol::Epoch from;

    static constexpr auto fields() {
        return std::tuple(&ProposeChange::parameters, &ProposeChange::version, &ProposeChange::from);
    }
    friend bool operator==(const ProposeChange&, const ProposeChange&) = default;
};

/// What can be said without the state.
Status check(const ProposeChange& payload);
Status apply(const ProposeChange& payload, TransactionContext& context);

}  // namespace dure::ledger
