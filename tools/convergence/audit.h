// A work unit as its trainer submits it, and its audit: what the chain asks of a drawn auditor, with the
// functions that nodes use.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/hash.h"
#include "trainer/kernels/kernels.h"
#include "trainer/kernels/splitmix.h"
#include "trainer/rounds/training_state.h"
#include "trainer/rounds/work_unit.h"

namespace dure::tools {

struct Submission {
    Bytes update;
    std::vector<Hash> states;                    ///< committed to, at each boundary
    std::vector<trainer::TrainingState> served;  ///< what it serves for them
};

/// Numbers that are the same in every run; different seeds begin at unrelated places.
class Draws {
  public:
    explicit Draws(std::uint64_t seed) : numbers_(trainer::SplitMix64(seed).next()) {}
    std::uint64_t below(std::uint64_t bound) { return numbers_.next() % bound; }
    /// From 0 to below 1.
    double part() { return static_cast<double>(numbers_.next() >> 11U) * 0x1p-53; }

  private:
    trainer::SplitMix64 numbers_;
};

struct Verdict {
    bool accepted = false;
    std::string reason;  ///< why it is refused
};

/// Replays `segments` drawn segments from the states that the trainer serves, the first from the base itself,
/// and quantizes `chunks` drawn chunks of its last parameters anew.
Verdict audit(const trainer::Kernels& kernels, const trainer::WorkUnit& unit, const Submission& submission,
              std::uint32_t segments, std::uint32_t chunks, Draws& draws);

}  // namespace dure::tools
