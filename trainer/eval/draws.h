// Repeatable random numbers by name: a draw is a hash of its purpose and place, so that it depends on nothing
// drawn before it.
#pragma once

#include <cstdint>
#include <string_view>

namespace dure::trainer {

/// 64 evenly distributed bits for (seed, a, b).
std::uint64_t draw(std::uint64_t seed, std::uint64_t a, std::uint64_t b = 0);

/// Whether a thing with this key is held out: one key in `one_in` is, always the same ones.
bool is_held_out(std::string_view key, std::uint32_t one_in);

}  // namespace dure::trainer
