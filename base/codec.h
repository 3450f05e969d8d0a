// The one canonical binary encoding, for everything that is hashed, signed, stored or sent
// (docs/protocol/codec.md).
//
// Promises: a value encodes to exactly one byte string; a byte string decodes to exactly one value that
// encodes to the same bytes, or is an error. Decoding reads nothing outside its input and allocates at most
// in proportion to it. What it does not do: versioning (a variant's tags leave room) and compression.
//
//   u8 u16 u32 u64       little-endian, fixed width;  bool  0 or 1;  enum  its number, at most its last one
//   std::array<u8, N>    N bytes
//   BoundedBytes<M> …    u32 length, at most M, then the bytes (strings and lists alike: elements)
//   std::optional<T>     0, or 1 and the value;  std::variant  one byte: the alternative's number, then its value
//   struct               its fields in the order that `static constexpr auto fields()` lists them
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/assert.h"
#include "base/bytes.h"
#include "base/result.h"

namespace dure {

/// Bytes, text and lists that say how long they may get. The bound is part of the type, so that no decoder
/// can forget it. They behave like their base class.
template <std::size_t max>
struct BoundedBytes : Bytes {
    using Bytes::Bytes;
    BoundedBytes() = default;
    BoundedBytes(Bytes bytes) : Bytes(std::move(bytes)) {}
    static constexpr std::size_t k_max = max;
};

template <std::size_t max>
struct BoundedString : std::string {
    using std::string::string;
    BoundedString() = default;
    BoundedString(std::string text) : std::string(std::move(text)) {}
    static constexpr std::size_t k_max = max;
};

template <class T, std::size_t max>
struct BoundedList : std::vector<T> {
    using std::vector<T>::vector;
    BoundedList() = default;
    BoundedList(std::vector<T> list) : std::vector<T>(std::move(list)) {}
    static constexpr std::size_t k_max = max;
};

/// An enum is encoded only if it says its last value: `constexpr E last_enumerator(E) { return E::z; }`
/// beside it.
template <class E>
concept CountedEnum = std::is_enum_v<E> && requires(E e) {
    { last_enumerator(e) } -> std::same_as<E>;
};

/// A struct that lists its fields once: `static constexpr auto fields() { return std::tuple(&S::a, &S::b);
/// }`.
template <class T>
concept Fielded = requires {
    T::fields();
};

class Writer {
  public:
    template <std::unsigned_integral U>
    void number(U value) {
        std::uint8_t raw[sizeof(U)];
        for (std::size_t i = 0; i < sizeof(U); ++i)
            raw[i] = static_cast<std::uint8_t>(value >> (8 * i));
        out_.insert(out_.end(), raw, raw + sizeof(U));
    }
    void raw(ByteView bytes) { out_.insert(out_.end(), bytes.begin(), bytes.end()); }
    void reserve(std::size_t bytes) { out_.reserve(bytes); }
    const Bytes& bytes() const { return out_; }
    Bytes take() { return std::move(out_); }

  private:
    Bytes out_;
};

/// Reads from a view. After the first failure every read fails, and `failure()` says why and where.
class Reader {
  public:
    explicit Reader(ByteView bytes) : bytes_(bytes) {}

    template <std::unsigned_integral U>
    bool number(U& value) {
        ByteView raw;
        if (!take(sizeof(U), raw)) return false;
        value = 0;
        for (std::size_t i = 0; i < sizeof(U); ++i)
            value = static_cast<U>(value | (static_cast<U>(raw[i]) << (8 * i)));
        return true;
    }
    /// A view of the next `count` bytes.
    bool take(std::size_t count, ByteView& view) {
        if (failed_) return false;
        if (count > remaining()) return fail("input ends early");
        view = bytes_.subspan(position_, count);
        position_ += count;
        return true;
    }
    bool fail(const char* why) {
        if (!failed_) reason_ = why;
        failed_ = true;
        return false;
    }
    std::size_t remaining() const { return bytes_.size() - position_; }
    std::size_t position() const { return position_; }
    bool failed() const { return failed_; }
    Error failure() const {
        return {ErrorCode::malformed, std::string(reason_ ? reason_ : "malformed") + " at byte " +
                                          std::to_string(position_) + " of " + std::to_string(bytes_.size())};
    }

  private:
    ByteView bytes_;
    std::size_t position_ = 0;
    bool failed_ = false;
    const char* reason_ = nullptr;
};

template <class T>
void write(Writer& writer, const T& value);
template <class T>
bool read(Reader& reader, T& value);

namespace codec_detail {

template <class T>
inline constexpr bool k_is_byte_array = false;
template <std::size_t n>
inline constexpr bool k_is_byte_array<std::array<std::uint8_t, n>> = true;

template <class T>
inline constexpr bool k_is_bounded_bytes = false;
template <std::size_t n>
inline constexpr bool k_is_bounded_bytes<BoundedBytes<n>> = true;
template <std::size_t n>
inline constexpr bool k_is_bounded_bytes<BoundedString<n>> = true;

template <class T>
inline constexpr bool k_is_bounded_list = false;
template <class T, std::size_t n>
inline constexpr bool k_is_bounded_list<BoundedList<T, n>> = true;

template <class T>
inline constexpr bool k_is_optional = false;
template <class T>
inline constexpr bool k_is_optional<std::optional<T>> = true;

template <class T>
inline constexpr bool k_is_variant = false;
template <class... Ts>
inline constexpr bool k_is_variant<std::variant<Ts...>> = true;

template <class V, std::size_t... is>
bool read_alternative(Reader& reader, V& value, std::size_t index, std::index_sequence<is...>) {
    bool done = false;
    const auto one = [&]<std::size_t i>() {
        if (i != index) return;
        std::variant_alternative_t<i, V> alternative{};
        if (read(reader, alternative)) {
            value.template emplace<i>(std::move(alternative));
            done = true;
        }
    };
    (one.template operator()<is>(), ...);
    return done;
}

}  // namespace codec_detail

template <class T>
void write(Writer& writer, const T& value) {
    using namespace codec_detail;
    if constexpr (std::same_as<T, bool>) {
        writer.number(static_cast<std::uint8_t>(value ? 1 : 0));
    } else if constexpr (std::unsigned_integral<T>) {
        writer.number(value);
    } else if constexpr (CountedEnum<T>) {
        writer.number(static_cast<std::uint8_t>(value));
    } else if constexpr (k_is_byte_array<T>) {
        writer.raw(value);
    } else if constexpr (k_is_bounded_bytes<T>) {
        DURE_ASSERT(value.size() <= T::k_max);
        writer.number(static_cast<std::uint32_t>(value.size()));
        writer.raw({reinterpret_cast<const std::uint8_t*>(value.data()), value.size()});
    } else if constexpr (k_is_bounded_list<T>) {
        DURE_ASSERT(value.size() <= T::k_max);
        writer.number(static_cast<std::uint32_t>(value.size()));
        for (const auto& element : value)
            write(writer, element);
    } else if constexpr (k_is_optional<T>) {
        writer.number(static_cast<std::uint8_t>(value ? 1 : 0));
        if (value) write(writer, *value);
    } else if constexpr (k_is_variant<T>) {
        static_assert(std::variant_size_v<T> <= 256);
        writer.number(static_cast<std::uint8_t>(value.index()));
        std::visit([&](const auto& alternative) { write(writer, alternative); }, value);
    } else {
        static_assert(Fielded<T>, "this type has no encoding: give it fields()");
        std::apply([&](auto... member) { (write(writer, value.*member), ...); }, T::fields());
    }
}

template <class T>
bool read(Reader& reader, T& value) {
    using namespace codec_detail;
    if constexpr (std::same_as<T, bool>) {
        std::uint8_t number = 0;
        if (!reader.number(number)) return false;
        if (number > 1) return reader.fail("a boolean is neither 0 nor 1");
        value = number == 1;
        return true;
    } else if constexpr (std::unsigned_integral<T>) {
        return reader.number(value);
    } else if constexpr (CountedEnum<T>) {
        std::uint8_t number = 0;
        if (!reader.number(number)) return false;
        if (number > static_cast<std::uint8_t>(last_enumerator(T{})))
            return reader.fail("unknown enumerator");
        value = static_cast<T>(number);
        return true;
    } else if constexpr (k_is_byte_array<T>) {
        ByteView view;
        if (!reader.take(value.size(), view)) return false;
        std::memcpy(value.data(), view.data(), value.size());
        return true;
    } else if constexpr (k_is_bounded_bytes<T>) {
        std::uint32_t length = 0;
        if (!reader.number(length)) return false;
        if (length > T::k_max) return reader.fail("a byte string is longer than its bound");
        ByteView view;
        if (!reader.take(length, view)) return false;
        value.assign(view.begin(), view.end());
        return true;
    } else if constexpr (k_is_bounded_list<T>) {
        std::uint32_t length = 0;
        if (!reader.number(length)) return false;
        if (length > T::k_max) return reader.fail("a list is longer than its bound");
        if (length > reader.remaining())
            return reader.fail("a list announces more elements than bytes follow");
        value.clear();
        for (std::uint32_t i = 0; i < length; ++i) {
            typename T::value_type element{};
            if (!read(reader, element)) return false;
            value.push_back(std::move(element));
        }
        return true;
    } else if constexpr (k_is_optional<T>) {
        std::uint8_t tag = 0;
        if (!reader.number(tag)) return false;
        if (tag > 1) return reader.fail("an optional's tag is neither 0 nor 1");
        value.reset();
        if (tag == 0) return true;
        typename T::value_type inner{};
        if (!read(reader, inner)) return false;
        value = std::move(inner);
        return true;
    } else if constexpr (k_is_variant<T>) {
        std::uint8_t tag = 0;
        if (!reader.number(tag)) return false;
        if (tag >= std::variant_size_v<T>) return reader.fail("unknown tag of a variant");
        return read_alternative(reader, value, tag, std::make_index_sequence<std::variant_size_v<T>>{});
    } else {
        static_assert(Fielded<T>, "this type has no encoding: give it fields()");
        return std::apply([&](auto... member) { return (read(reader, value.*member) && ...); }, T::fields());
    }
}

template <class T>
Bytes encode(const T& value) {
    Writer writer;
    write(writer, value);
    return writer.take();
}

/// Decodes exactly one value from exactly these bytes. Errors: `malformed`, with the place; also for bytes
/// left over.
template <class T>
Result<T> decode(ByteView bytes) {
    Reader reader(bytes);
    T value{};
    if (!read(reader, value)) return reader.failure();
    if (reader.remaining() != 0) {
        reader.fail("bytes are left over");
        return reader.failure();
    }
    return value;
}

}  // namespace dure
