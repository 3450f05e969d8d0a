#include "base/mnemonic.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "base/assert.h"
#include "base/bytes.h"
#include "base/hash.h"
#include "base/quote.h"
#include "base/word_list.h"

namespace dure {

namespace {

constexpr unsigned k_bits_per_word = 11;
/// Longer words in an error message are cut.
constexpr std::size_t k_shown_bytes = 24;
constexpr std::size_t k_suggestions = 3;
/// A suggestion may differ by this many inserted, lost, changed or exchanged letters.
constexpr std::size_t k_suggestion_distance = 2;
constexpr std::size_t k_longest_word = 8;
constexpr std::size_t k_longest_suggestible = k_longest_word + k_suggestion_distance;

std::uint8_t checksum_of(const std::array<std::uint8_t, 32>& secret) {
    return sha256(secret).bytes[0];
}

/// The number of letters to insert, drop, change or exchange with a neighbour that turns `a` into `b`
/// (optimal string alignment distance). Needs words of at most k_longest_suggestible letters.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    using Row = std::array<std::size_t, k_longest_suggestible + 1>;
    std::array<Row, k_longest_suggestible + 1> distance{};
    for (std::size_t i = 0; i <= a.size(); ++i)
        distance[i][0] = i;
    for (std::size_t j = 0; j <= b.size(); ++j)
        distance[0][j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t changed = distance[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            distance[i][j] = std::min({distance[i - 1][j] + 1, distance[i][j - 1] + 1, changed});
            const bool exchanged = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (exchanged) distance[i][j] = std::min(distance[i][j], distance[i - 2][j - 2] + 1);
        }
    }
    return distance[a.size()][b.size()];
}

/// The listed words nearest to `word`, nearest first; those that it begins or that begin it count as near.
std::vector<std::string_view> near_words(std::string_view word) {
    if (word.size() < 2 || word.size() > k_longest_suggestible) return {};
    std::vector<std::pair<std::size_t, std::string_view>> near;
    for (const std::string_view candidate : k_word_list) {
        const bool completes =
            word.size() >= 3 && (candidate.starts_with(word) || word.starts_with(candidate));
        const std::size_t distance = completes ? 1 : edit_distance(word, candidate);
        if (distance <= k_suggestion_distance) near.emplace_back(distance, candidate);
    }
    std::sort(near.begin(), near.end());
    std::vector<std::string_view> words;
    for (std::size_t i = 0; i < std::min(near.size(), k_suggestions); ++i)
        words.push_back(near[i].second);
    return words;
}

Error unknown_word(std::size_t place, std::string_view word) {
    std::string message = "word " + std::to_string(place) + ", " + quote(word, k_shown_bytes) +
                          ", is not in the list of backup words";
    const auto near = near_words(word);
    for (std::size_t i = 0; i < near.size(); ++i) {
        message += i == 0 ? "; did you mean " : i + 1 == near.size() ? " or " : ", ";
        message += "'" + std::string(near[i]) + "'";
    }
    if (!near.empty()) message += "?";
    return {ErrorCode::malformed, message};
}

std::optional<std::size_t> index_of(std::string_view word) {
    const auto found = std::lower_bound(k_word_list.begin(), k_word_list.end(), word);
    if (found == k_word_list.end() || *found != word) return std::nullopt;
    return static_cast<std::size_t>(found - k_word_list.begin());
}

/// Words in lower case. At most `limit` are kept, so that a large text costs no more than its length.
std::vector<std::string> split(std::string_view text, std::size_t limit, std::size_t& count) {
    const auto is_space = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
    std::vector<std::string> words;
    count = 0;
    for (std::size_t i = 0; i < text.size();) {
        if (is_space(text[i])) {
            ++i;
            continue;
        }
        std::size_t end = i;
        while (end < text.size() && !is_space(text[end]))
            ++end;
        if (++count <= limit) {
            std::string word(text.substr(i, end - i));
            for (char& c : word) {
                if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
            }
            words.push_back(std::move(word));
        }
        i = end;
    }
    return words;
}

}  // namespace

std::string mnemonic_from_secret(const std::array<std::uint8_t, 32>& secret) {
    std::string text;
    const auto emit = [&](std::uint32_t index) {
        if (!text.empty()) text.push_back(' ');
        text += k_word_list[index];
    };
    std::uint32_t buffer = 0;
    unsigned bits = 0;
    const auto take = [&](std::uint8_t byte) {
        buffer = (buffer << 8 | byte) & 0x7ffff;
        bits += 8;
        if (bits >= k_bits_per_word) {
            bits -= k_bits_per_word;
            emit(buffer >> bits & (k_word_list_size - 1));
        }
    };
    for (const std::uint8_t byte : secret)
        take(byte);
    take(checksum_of(secret));
    DURE_ASSERT(bits == 0);
    return text;
}

Result<std::array<std::uint8_t, 32>> secret_from_mnemonic(std::string_view text) {
    std::size_t count = 0;
    const std::vector<std::string> words = split(text, k_mnemonic_words, count);
    std::array<std::uint8_t, 33> bytes{};
    std::size_t filled = 0;
    std::uint32_t buffer = 0;
    unsigned bits = 0;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto index = index_of(words[i]);
        if (!index) return unknown_word(i + 1, words[i]);
        buffer = (buffer << k_bits_per_word | static_cast<std::uint32_t>(*index)) & 0x7ffff;
        bits += k_bits_per_word;
        while (bits >= 8) {
            bits -= 8;
            bytes[filled++] = static_cast<std::uint8_t>(buffer >> bits & 255);
        }
    }
    if (count != k_mnemonic_words) {
        return Error{ErrorCode::malformed,
                     "a key's backup has 24 words, this text has " + std::to_string(count)};
    }
    std::array<std::uint8_t, 32> secret;
    std::copy_n(bytes.begin(), secret.size(), secret.begin());
    const bool right = bytes[32] == checksum_of(secret);
    OPENSSL_cleanse(bytes.data(), bytes.size());
    if (!right) {
        return Error{ErrorCode::malformed,
                     "the 24 words do not belong together (their checksum is wrong): one of them was "
                     "exchanged for another word of the "
                     "list, or their order is wrong"};
    }
    return secret;
}

}  // namespace dure
