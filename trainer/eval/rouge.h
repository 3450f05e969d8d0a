// ROUGE-L (Lin 2004) over characters without blanks: how much of a reference a summary has, in its order.
#pragma once

#include <string_view>

namespace dure::trainer {

/// The harmonic mean of longest common subsequence / length of either, in [0, 1]; 0 if one is empty. Both
/// valid UTF-8.
double rouge_l(std::string_view summary, std::string_view reference);

}  // namespace dure::trainer
