// Runs a GPU kernel's threads as fibers of the calling thread, one block after the other: a barrier, shuffle or ballot
// hands control to the next fiber. The order of blocks, and of fibers between two barriers, is drawn anew each time
// from a seed, so that a result that depends on it (a race) shows as a difference between seeds.
//
// Promise: whatever a barrier needs is checked. Threads of a block that wait at different barriers, or while others have
// ended, and lanes of a warp that meet in different shuffles, end the launch with a Fault that says where.
// Not here: the memory model between blocks, warps in lockstep, several OS threads (shared arrays are statics).
#pragma once

#include <cstdint>
#include <functional>
#include <stdexcept>

#include "trainer/kernels/splitmix.h"

namespace dure::trainer::shim {

struct Index {
    unsigned x = 1;
    unsigned y = 1;
    unsigned z = 1;
};

// What a GPU would leave undefined or wait for forever.
class Fault : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// Where permutations come from.
using Order = SplitMix64;

// Calls `body` once for each thread of each block of the grid. `threads` is a multiple of 32, at most 1024.
// Throws Fault. Not to be called by two OS threads at once, nor by a body.
void run_blocks(Order* order, Index grid, int threads, const std::function<void()>& body);

// ---- for bodies: the calling fiber's place, and its meetings with others ----

int thread_index();
Index block_index();
Index grid_size();
void barrier(const char* file = __builtin_FILE(), int line = __builtin_LINE());
// Whether any thread of the block gave true.
bool barrier_or(bool value, const char* file = __builtin_FILE(), int line = __builtin_LINE());
// The value that the named lane of the warp gave. Lanes from 32 - by on keep their own in shuffle_down.
float shuffle(float value, int lane, const char* file = __builtin_FILE(), int line = __builtin_LINE());
float shuffle_down(float value, int by, const char* file = __builtin_FILE(), int line = __builtin_LINE());
float shuffle_xor(float value, int mask, const char* file = __builtin_FILE(), int line = __builtin_LINE());
// Bit i: what lane i gave.
uint32_t ballot(bool value, const char* file = __builtin_FILE(), int line = __builtin_LINE());

}  // namespace dure::trainer::shim
