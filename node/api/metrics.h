// The node in numbers, for Prometheus: names, units and types by its conventions (prometheus.io/docs/practices/naming).
//
// Promises: each number is what a part of the node counts anyway; a node without a part (it trains not, or sells nothing)
// leaves that part's numbers out. Asking costs some milliseconds at most. docs/operating/running.md explains the names.
#pragma once

#include <string>

#include "node/api/api.h"

namespace dure::node {

inline constexpr const char* k_metrics_type = "text/plain; version=0.0.4; charset=utf-8";

/// In the text exposition format, version 0.0.4.
std::string metrics_text(const ApiParts& parts);

}  // namespace dure::node
