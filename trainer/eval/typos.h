// One typing mistake in a Korean sentence, as fingers and habits make them: a neighbouring key of the
// two-set (dubeolsik) keyboard, a missed shift, ㅐ for ㅔ, a final consonant forgotten or written as it
// sounds.
//
// Promises: the same sentence and seed give the same mistake; the result is another text of as many
// characters, all syllables whole. Not here: mistakes in spacing or grammar.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dure::trainer {

enum class Slip : std::uint8_t {
    neighbour_key,    ///< 가 -> 사
    shift,            ///< 가 -> 까
    like_sound,       ///< 개 -> 게
    final_forgotten,  ///< 각 -> 가
    final_carried,    ///< 각이 -> 가기
};
inline constexpr std::uint32_t k_slips = 5;

/// All texts that one slip at character `place` can give; none if it cannot be made there.
std::vector<std::u32string> slips_at(std::u32string_view sentence, std::size_t place, Slip slip);

/// `sentence` (valid UTF-8) with one slip; nothing if it has no Hangul in which one can be made.
std::optional<std::string> with_typo(std::string_view sentence, std::uint64_t seed);

}  // namespace dure::trainer
