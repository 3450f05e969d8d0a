// How long an update is, and what that means for it: above `update_norm_max` it is scaled down to that length
// in the merge, above `update_norm_refused` it is left out of it.
#pragma once

#include "base/result.h"
#include "trainer/kernels/kernels.h"
#include "trainer/model/config.h"
#include "trainer/rounds/update.h"

namespace dure::trainer {

/// The sum of squares of an update's values, in the profile's order; infinite if it overflows.
float norm_squared(const Kernels& kernels, const Update& update);

/// Errors: `out_of_range` with the update's norm and the limit, if the config says that such an update is
/// refused.
Status check_norm(const TrainConfig& train, float norm_squared);

}  // namespace dure::trainer
