// How shares came to an account and left it other than by minting: what makes an account's shares explainable to the
// last unit (ledger/earnings.h).
#pragma once

#include <tuple>

#include "base/codec.h"
#include "base/money.h"
#include "ledger/records/wide.h"

namespace dure::ledger {

/// Shares that have passed since genesis; the same ones may pass again and again.
using ShareFlow = Wide<struct ShareFlowTag>;

struct ShareFlowRecord {
    Shares founded;      ///< genesis's
    ShareFlow received;  ///< by transfer
    ShareFlow given;
    Shares rewarded;  ///< of what others were slashed
    Shares slashed;   ///< of stake; what was clawed back stands with the minted rows

    static constexpr auto fields() {
        using T = ShareFlowRecord;
        return std::tuple(&T::founded, &T::received, &T::given, &T::rewarded, &T::slashed);
    }
    friend bool operator==(const ShareFlowRecord&, const ShareFlowRecord&) = default;
};

}  // namespace dure::ledger
