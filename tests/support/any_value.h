// Any value of any type that the codec knows, drawn by RapidCheck: for properties that hold for all of them.
// Sizes of byte strings and lists follow RapidCheck's size, and so shrink; numbers favour the edges of their
// range.
#pragma once

#include <rapidcheck.h>

#include <algorithm>
#include <limits>

#include "base/codec.h"

namespace dure::test {

template <class T>
T any_value();

namespace detail {

inline std::size_t any_size(std::size_t max) {
    return *rc::gen::inRange<std::size_t>(0, std::min<std::size_t>(max, 8) + 1);
}

template <class U>
U any_number() {
    using Limits = std::numeric_limits<U>;
    return *rc::gen::weightedOneOf<U>(
        {{6, rc::gen::arbitrary<U>()},
         {1, rc::gen::inRange<U>(0, Limits::max())},
         {1, rc::gen::element<U>(0, 1, Limits::max(), static_cast<U>(Limits::max() - 1))}});
}

template <class V, std::size_t... is>
V any_alternative(std::index_sequence<is...>) {
    const std::size_t index = *rc::gen::inRange<std::size_t>(0, sizeof...(is));
    V value;
    (static_cast<void>(index == is &&
                       (value.template emplace<is>(any_value<std::variant_alternative_t<is, V>>()), true)),
     ...);
    return value;
}

}  // namespace detail

template <class T>
T any_value() {
    using namespace codec_detail;
    if constexpr (std::same_as<T, bool>) {
        return *rc::gen::arbitrary<bool>();
    } else if constexpr (std::unsigned_integral<T>) {
        return detail::any_number<T>();
    } else if constexpr (CountedEnum<T>) {
        return static_cast<T>(
            *rc::gen::inRange<unsigned>(0, static_cast<unsigned>(last_enumerator(T{})) + 1));
    } else if constexpr (k_is_byte_array<T>) {
        T value;
        const auto bytes = *rc::gen::container<Bytes>(value.size(), rc::gen::arbitrary<std::uint8_t>());
        std::copy(bytes.begin(), bytes.end(), value.begin());
        return value;
    } else if constexpr (k_is_bounded_bytes<T>) {
        const auto bytes =
            *rc::gen::container<Bytes>(detail::any_size(T::k_max), rc::gen::arbitrary<std::uint8_t>());
        T value;
        value.assign(bytes.begin(), bytes.end());
        return value;
    } else if constexpr (k_is_bounded_list<T>) {
        T value;
        for (std::size_t left = std::min<std::size_t>(detail::any_size(T::k_max), 3); left > 0; --left) {
            value.push_back(any_value<typename T::value_type>());
        }
        return value;
    } else if constexpr (k_is_optional<T>) {
        if (!*rc::gen::arbitrary<bool>()) return std::nullopt;
        return any_value<typename T::value_type>();
    } else if constexpr (k_is_variant<T>) {
        return detail::any_alternative<T>(std::make_index_sequence<std::variant_size_v<T>>{});
    } else {
        static_assert(Fielded<T>, "this type has no encoding");
        T value{};
        std::apply(
            [&](auto... member) {
                ((value.*member = any_value<std::remove_reference_t<decltype(value.*member)>>()), ...);
            },
            T::fields());
        return value;
    }
}

}  // namespace dure::test
