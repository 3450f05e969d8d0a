// DURE_ASSERT states an invariant. It stays on in release builds: a node whose invariants are broken must
// stop, not go on and sign. Expected failures (bad input, missing files) are values, see base/result.h.
#pragma once

namespace dure {

/// Prints the broken invariant with its place to stderr and aborts.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line) noexcept;

}  // namespace dure

#define DURE_ASSERT(condition)                           \
    (static_cast<bool>(condition) ? static_cast<void>(0) \
                                  : ::dure::assertion_failed(#condition, __FILE__, __LINE__))
