// For experiments, which have nobody to hand an error to: the value, or the end of the program with the error's words.
#pragma once

#include <cstdlib>
#include <iostream>
#include <utility>

#include "base/result.h"

namespace dure::tools {

template <class T>
T expect(Result<T> result) {
    if (result) return std::move(*result);
    std::cerr << result.error().message << "\n";
    std::exit(1);
}

}  // namespace dure::tools
