#include "trainer/text/minhash.h"

#include <bitset>
#include <limits>

namespace dure::trainer {
namespace {

constexpr std::uint64_t k_base = 0x9E3779B97F4A7C15;
constexpr std::uint32_t k_empty = std::numeric_limits<std::uint32_t>::max();
constexpr int k_bin_shift = 64 - 7;  // 128 bins

// The finalizer of SplitMix64: a bijection that spreads every bit.
constexpr std::uint64_t mix(std::uint64_t x) {
    x ^= x >> 30;
    x *= 0xBF58476D1CE4E5B9;
    x ^= x >> 27;
    x *= 0x94D049BB133111EB;
    return x ^ x >> 31;
}

constexpr std::uint64_t power_of_base(std::size_t exponent) {
    std::uint64_t power = 1;
    for (std::size_t i = 0; i < exponent; ++i)
        power *= k_base;
    return power;
}

bool is_dropped(std::uint32_t c) {
    return c <= 0x20 || (c >= 0x21 && c <= 0x2F) || (c >= 0x3A && c <= 0x40) || (c >= 0x5B && c <= 0x60) ||
           (c >= 0x7B && c <= 0x7E);
}

// The next character, and how many bytes it takes. The text is valid UTF-8; what is not counts a byte.
struct Character {
    std::uint32_t code = 0;
    std::size_t bytes = 1;
};

Character character_at(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) {
        return static_cast<std::uint32_t>(static_cast<unsigned char>(text[at + i]));
    };
    const std::uint32_t lead = byte(0);
    const std::size_t length = lead < 0xC0 ? 1U : lead < 0xE0 ? 2U : lead < 0xF0 ? 3U : 4U;
    if (length == 1 || length > text.size() - at) return {lead, 1};
    std::uint32_t code = lead & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0U) != 0x80U) return {lead, 1};
        code = code << 6 | (byte(i) & 0x3FU);
    }
    return {code, length};
}

class Minima {
  public:
    Minima() { values_.fill(k_empty); }

    void add(std::uint64_t shingle) {
        const std::uint64_t spread = mix(shingle);
        std::uint32_t& least = values_[spread >> k_bin_shift];
        const auto value = static_cast<std::uint32_t>(spread);
        if (value < least) least = value;
    }

    // Bins that no shingle fell into borrow from others, chosen alike for all texts (Shrivastava 2017).
    Sketch finish() const {
        std::bitset<k_sketch_values> filled;
        for (std::size_t i = 0; i < values_.size(); ++i)
            filled[i] = values_[i] != k_empty;
        if (filled.none() || filled.all()) return values_;
        Sketch sketch = values_;
        for (std::size_t i = 0; i < sketch.size(); ++i) {
            std::size_t from = i;
            for (std::uint64_t attempt = 1; !filled[from]; ++attempt)
                from = mix(std::uint64_t{i} << 32 | attempt) >> k_bin_shift;
            sketch[i] = values_[from];
        }
        return sketch;
    }

  private:
    Sketch values_{};
};

}  // namespace

Sketch sketch_of(std::string_view text) {
    constexpr std::uint64_t k_oldest = power_of_base(k_shingle_characters);
    Minima minima;
    std::array<std::uint64_t, k_shingle_characters> recent{};
    std::size_t characters = 0;
    std::uint64_t shingle = 0;
    for (std::size_t at = 0; at < text.size();) {
        const Character next = character_at(text, at);
        at += next.bytes;
        if (is_dropped(next.code)) continue;
        const bool is_upper = next.code >= 'A' && next.code <= 'Z';
        const std::uint64_t code = std::uint64_t{next.code} + (is_upper ? 'a' - 'A' : 0) + 1;
        std::uint64_t& oldest = recent[characters % k_shingle_characters];
        shingle = shingle * k_base + code - oldest * k_oldest;
        oldest = code;
        ++characters;
        if (characters >= k_shingle_characters) minima.add(shingle);
    }
    if (characters > 0 && characters < k_shingle_characters) minima.add(shingle);
    return minima.finish();
}

std::array<std::uint8_t, 4 * k_sketch_values> sketch_bytes(const Sketch& sketch) {
    std::array<std::uint8_t, 4 * k_sketch_values> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::uint8_t>(sketch[i / 4] >> (8 * (i % 4)));
    return bytes;
}

std::size_t equal_entries(const Sketch& a, const Sketch& b) {
    std::size_t equal = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        equal += a[i] == b[i] ? 1U : 0U;
    return equal;
}

}  // namespace dure::trainer
