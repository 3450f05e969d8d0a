// From a base checkpoint and a round's accepted updates to the next checkpoint: their mean under a norm cap,
// applied by Nesterov SGD (the outer optimizer of DiLoCo, Douillard et al. 2023), in one fixed order of
// operations.
#pragma once

#include <span>
#include <vector>

#include "base/result.h"
#include "trainer/kernels/kernels.h"
#include "trainer/model/config.h"
#include "trainer/rounds/checkpoint.h"
#include "trainer/rounds/update.h"

namespace dure::trainer {

/// `updates` in the order of their units' numbers; null ones, and those that check_norm refuses (norm.h), count as
/// nothing. Errors: `invalid` if none is
/// left, if one has another size than the base, or if the result is not finite: then the round is void.
Result<Checkpoint> merge(const Kernels& kernels, const Checkpoint& base, const TrainConfig& train,
                         std::span<const Update> updates);

}  // namespace dure::trainer
