// Every implementation of this CPU, on 1, 2 and 3 threads.
#include "tests/trainer/kernels/operator_cases.h"

namespace dure::trainer::testing {
namespace {

DURE_RUN_OPERATOR_CASES(Equality, this_cpu);

}  // namespace
}  // namespace dure::trainer::testing
