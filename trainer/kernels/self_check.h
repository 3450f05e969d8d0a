// Compares every operator of some kernels with the reference, bit for bit, over a fixed set of random shapes: for people
// with a device that nobody else could try. The tests go further; this takes seconds and needs no test program.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "trainer/kernels/kernels.h"

namespace dure::trainer {

struct OperatorCheck {
    std::string name;
    int cases = 0;
    int unequal = 0;
    std::string first_difference;  // empty if all are equal
};

// `kernels` take arguments in their device's memory. Throws DeviceError.
std::vector<OperatorCheck> check_operators(const Kernels& kernels);

}  // namespace dure::trainer
