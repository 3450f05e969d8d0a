// Recomputes a round's minted amounts from the other numbers of its receipt, so that nobody has to believe the node
// that shows it: the formula is docs/protocol/rounds.md's.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace dure::tools {

/// One step of the formula with its numbers, for people.
struct FormulaLine {
    std::string name;
    std::string computation;  ///< "1000 x 2 / 4"
    std::uint64_t computed = 0;
    std::uint64_t stated = 0;  ///< in the receipt

    bool agrees() const { return computed == stated; }
};

struct ReceiptCheck {
    std::vector<FormulaLine>
        lines;  ///< pool, scaled, the three parts, then a line for each minted row, and the sum

    bool agrees() const;
};

/// `receipt`: what GET /v1/rounds/{n}/receipt answers, of a decided round. Errors: `malformed` for numbers that
/// cannot be computed with.
Result<ReceiptCheck> check_receipt(const boost::json::value& receipt);

}  // namespace dure::tools
