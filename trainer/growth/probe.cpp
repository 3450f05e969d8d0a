#include "trainer/growth/probe.h"

#include <bit>
#include <string>
#include <vector>

#include "trainer/inference/generator.h"

namespace dure::trainer {
namespace {

/// Errors: `invalid`.
Status compare(std::span<const float> before, std::span<const float> after, std::size_t rows,
               const std::string& place) {
    for (std::size_t row = 0; row < rows; ++row) {
        if (std::bit_cast<std::uint32_t>(before[row]) == std::bit_cast<std::uint32_t>(after[row])) continue;
        return Error{ErrorCode::invalid, "the grown model's logit of row " + std::to_string(row) + " " +
                                             place + " is another than before"};
    }
    return {};
}

}  // namespace

Status check_same_logits(const Kernels& kernels, const Checkpoint& before, const Checkpoint& after,
                         std::span<const std::int32_t> tokens) {
    DURE_TRY(Generator small, Generator::create(kernels, before.config, before.parameters));
    DURE_TRY(Generator large, Generator::create(kernels, after.config, after.parameters));
    const std::size_t rows = before.config.active_vocab;
    DURE_TRY(const std::span<const float> all_before, small.append(tokens));
    DURE_TRY(const std::span<const float> all_after, large.append(tokens));
    DURE_CHECK(compare(all_before, all_after, rows, "behind the whole text"));
    small.reset();
    large.reset();
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        DURE_TRY(const std::span<const float> one_before, small.append(tokens.subspan(i, 1)));
        DURE_TRY(const std::span<const float> one_after, large.append(tokens.subspan(i, 1)));
        DURE_CHECK(compare(one_before, one_after, rows, "behind token " + std::to_string(i)));
    }
    return {};
}

}  // namespace dure::trainer
