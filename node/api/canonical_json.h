// JSON in its canonical form (JCS, RFC 8785): one text for one value.
#pragma once

#include <boost/json/value.hpp>
#include <string>

namespace dure::node {

/// The value's canonical text. Names are ASCII here, so that their bytes' order is that of RFC 8785; numbers are whole,
/// below 2^53.
std::string canonical_json(const boost::json::value& value);

}  // namespace dure::node
