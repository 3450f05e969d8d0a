// What the fuzz target ledger_blocks draws its transactions from: a chain at one of several moments, and the accounts,
// hashes, amounts and vouchers that it knows. `Draw` makes values of bytes; `Written` makes the bytes that a value is drawn
// from, as far as the scene knows what is in it, for seeds.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "base/codec.h"
#include "tests/ledger/harness.h"

namespace dure::fuzz {

using namespace ledger;
namespace testing = ledger::testing;

inline constexpr std::size_t k_persons = 12;
inline constexpr std::size_t k_scenes = 7;
inline constexpr std::size_t k_list_bound = 16;  ///< shorter lists are drawn
inline constexpr std::uint64_t k_vouchers[] = {0, 1, 1'000'000, 5 * k_grain_per_dure};

/// A chain at one moment, and what its transactions may speak of.
struct Scene {
    testing::Harness chain;
    std::vector<Hash> hashes;
    std::vector<Signature> vouchers;
};

/// Made once for the process.
const Scene& scene(std::size_t number);

/// Turns the fuzzer's bytes into values; zeros when they are used up.
class Draw {
  public:
    Draw(ByteView input, const Scene& scene) : input_(input), scene_(scene) {}

    bool done() const { return input_.empty(); }
    std::uint8_t byte() {
        if (input_.empty()) return 0;
        const std::uint8_t next = input_.front();
        input_ = input_.subspan(1);
        return next;
    }

    template <class T>
    T value() {
        using namespace codec_detail;
        if constexpr (std::same_as<T, Account>) {
            return testing::account_of(byte() % (k_persons + 1));
        } else if constexpr (std::same_as<T, Hash>) {
            return scene_.hashes[byte() % scene_.hashes.size()];
        } else if constexpr (std::same_as<T, Signature>) {
            return scene_.vouchers[byte() % scene_.vouchers.size()];
        } else if constexpr (std::same_as<T, bool>) {
            return (byte() & 1) != 0;
        } else if constexpr (std::unsigned_integral<T>) {
            return number<T>();
        } else if constexpr (CountedEnum<T>) {
            return static_cast<T>(byte() % (static_cast<unsigned>(last_enumerator(T{})) + 1));
        } else if constexpr (k_is_byte_array<T>) {
            T made{};
            std::generate(made.begin(), made.end(), [this] { return byte(); });
            return made;
        } else if constexpr (k_is_bounded_bytes<T>) {
            T made;
            for (std::size_t left = std::min<std::size_t>(byte() % k_list_bound, T::k_max); left > 0;
                 --left) {
                made.push_back(static_cast<typename T::value_type>('a' + byte() % 26));
            }
            return made;
        } else if constexpr (k_is_bounded_list<T>) {
            T made;
            for (std::size_t left = std::min<std::size_t>(byte() % k_list_bound, T::k_max); left > 0; --left)
                made.push_back(value<typename T::value_type>());
            return made;
        } else if constexpr (k_is_optional<T>) {
            if (byte() % 2 == 0) return std::nullopt;
            return value<typename T::value_type>();
        } else if constexpr (k_is_variant<T>) {
            return alternative<T>(std::make_index_sequence<std::variant_size_v<T>>{});
        } else {
            T made{};
            std::apply(
                [&](auto... member) {
                    ((made.*member = value<std::remove_reference_t<decltype(made.*member)>>()), ...);
                },
                T::fields());
            return made;
        }
    }

  private:
    /// Small figures, a voucher's, the edges of the range, or any.
    template <class U>
    U number() {
        const std::uint8_t kind = byte();
        if (kind < 128) return static_cast<U>(kind % 8);
        if (kind < 160) return static_cast<U>(k_vouchers[kind % std::size(k_vouchers)]);
        if (kind < 176) return static_cast<U>(std::numeric_limits<U>::max() - kind % 2);
        if (kind < 192) return static_cast<U>(k_units_per_share * (kind % 16 * 20));
        if (kind < 208) return static_cast<U>(k_max_supply - kind % 2);
        std::uint64_t any = 0;
        for (std::size_t i = 0; i < sizeof(U); ++i)
            any = any << 8 | byte();
        return static_cast<U>(any);
    }

    template <class V, std::size_t... is>
    V alternative(std::index_sequence<is...>) {
        const std::size_t index = byte() % sizeof...(is);
        V made;
        (static_cast<void>(index == is &&
                           (made.template emplace<is>(value<std::variant_alternative_t<is, V>>()), true)),
         ...);
        return made;
    }

    ByteView input_;
    const Scene& scene_;
};

/// Draw's inverse: what Draw makes of these bytes is the value, but for hashes, texts and lists that it cannot draw.
class Written {
  public:
    explicit Written(const Scene& scene) : scene_(scene) {}

    void byte(std::size_t value) { bytes_.push_back(static_cast<std::uint8_t>(value)); }
    const Bytes& bytes() const { return bytes_; }

    template <class T>
    void value(const T& one) {
        using namespace codec_detail;
        if constexpr (std::same_as<T, Account>) {
            std::size_t person = 0;
            while (person < k_persons && testing::account_of(person) != one)
                ++person;
            byte(person);
        } else if constexpr (std::same_as<T, Hash>) {
            byte(place_in(scene_.hashes, one));
        } else if constexpr (std::same_as<T, Signature>) {
            byte(place_in(scene_.vouchers, one));
        } else if constexpr (std::same_as<T, bool>) {
            byte(one ? 1 : 0);
        } else if constexpr (std::unsigned_integral<T>) {
            number(one);
        } else if constexpr (CountedEnum<T>) {
            byte(static_cast<std::size_t>(one));
        } else if constexpr (k_is_byte_array<T>) {
            for (const std::uint8_t part : one)
                byte(part);
        } else if constexpr (k_is_bounded_bytes<T>) {
            const std::size_t size = std::min(one.size(), k_list_bound - 1);
            byte(size);
            for (std::size_t i = 0; i < size; ++i) {
                const auto letter = static_cast<std::uint8_t>(one[i]);
                byte(letter >= 'a' && letter <= 'z' ? letter - std::size_t{'a'} : 0);
            }
        } else if constexpr (k_is_bounded_list<T>) {
            const std::size_t size = std::min(one.size(), k_list_bound - 1);
            byte(size);
            for (std::size_t i = 0; i < size; ++i)
                value(one[i]);
        } else if constexpr (k_is_optional<T>) {
            byte(one ? 1 : 0);
            if (one) value(*one);
        } else if constexpr (k_is_variant<T>) {
            byte(one.index());
            std::visit([this](const auto& alternative) { this->value(alternative); }, one);
        } else {
            std::apply([&](auto... member) { (value(one.*member), ...); }, T::fields());
        }
    }

  private:
    template <class T>
    static std::size_t place_in(const std::vector<T>& known, const T& one) {
        const auto found = std::find(known.begin(), known.end(), one);
        return found == known.end() ? 0 : static_cast<std::size_t>(found - known.begin());
    }
    template <class U>
    void number(U value) {
        if (value < 8) {
            byte(value);
            return;
        }
        byte(255);
        for (std::size_t i = sizeof(U); i-- > 0;)
            byte(static_cast<std::uint64_t>(value) >> (8 * i) & 0xff);
    }

    const Scene& scene_;
    Bytes bytes_;
};

}  // namespace dure::fuzz
