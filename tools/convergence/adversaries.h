// Trainers who do not do their work, one kind each.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tools/convergence/audit.h"

namespace dure::tools {

/// What a trainer hands in for a unit; keeps what it remembers from round to round.
using UnitWorker = std::function<Submission(const trainer::Kernels&, const trainer::WorkUnit&)>;

Submission train_honestly(const trainer::Kernels& kernels, const trainer::WorkUnit& unit);

struct AdversaryKind {
    std::string name;
    std::function<UnitWorker()> begin;
};

/// Random update, half of the steps, replayed update, wrong data, enlarged update.
std::vector<AdversaryKind> adversary_kinds();

}  // namespace dure::tools
