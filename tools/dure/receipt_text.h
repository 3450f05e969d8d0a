// Lines of a round's receipt in words.
#pragma once

#include <boost/json.hpp>
#include <string>

#include "base/result.h"

namespace dure::tools {

/// What a minted row was minted for: "2 units accepted, 1 audit".
std::string reason_of(const boost::json::value& row);

/// A finished round's receipt (GET /v1/rounds/{n}/receipt), with the formula and its numbers, recomputed. Errors: those
/// of check_receipt; `invalid`, when what is written there does not follow from the formula: then it is printed all the
/// same.
Status print_receipt(const boost::json::value& receipt);

}  // namespace dure::tools
