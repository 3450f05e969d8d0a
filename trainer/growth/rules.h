// What a change of shape keeps, as a list of rules; the first that is broken is the error.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "trainer/model/config.h"

namespace dure::trainer {

/// Block-scaled products must not mix old and new features in one block; theirs are of 128 or 64.
inline constexpr std::uint32_t k_growth_block_max = 128;

class GrowthRules {
  public:
    GrowthRules& that(bool holds, const std::string& complaint);
    /// `remedy` goes on behind the sentence.
    GrowthRules& same(const char* field, std::uint32_t from, std::uint32_t to, const char* remedy = "");
    GrowthRules& same(const char* field, Float32 from, Float32 to);
    GrowthRules& not_less(const char* field, std::uint32_t from, std::uint32_t to);
    /// A width stays a multiple of the largest power of two up to k_growth_block_max that divides it.
    GrowthRules& same_blocks(const char* field, std::uint32_t from, std::uint32_t to);

    /// Errors: `invalid`.
    Status result() const;

  private:
    std::string complaint_;
};

}  // namespace dure::trainer
