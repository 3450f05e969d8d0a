// The codec's laws as RapidCheck properties, for any type it knows: a value survives encoding and decoding;
// bytes decode to a value that encodes to the same bytes, or are an error; no prefix of an encoding and no
// encoding with something behind it decodes.
#pragma once

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "base/codec.h"
#include "tests/support/any_value.h"

namespace dure::test {

/// Fails the surrounding property unless `bytes` decode to nothing or to a value that encodes to them.
template <class T>
void check_canonical(ByteView bytes) {
    if (const auto value = decode<T>(bytes)) RC_ASSERT(encode(*value) == to_bytes(bytes));
}

template <class T>
void check_round_trip() {
    const T value = any_value<T>();
    const Bytes bytes = encode(value);
    const auto decoded = decode<T>(bytes);
    RC_ASSERT(decoded.has_value());
    RC_ASSERT(*decoded == value);
}

template <class T>
void check_totality() {
    Bytes bytes = encode(any_value<T>());
    const auto cut = *rc::gen::inRange<std::size_t>(0, bytes.size() + 1);
    if (cut < bytes.size()) RC_ASSERT(!decode<T>(ByteView(bytes).first(cut)).has_value());
    Bytes longer = bytes;
    longer.push_back(*rc::gen::arbitrary<std::uint8_t>());
    RC_ASSERT(!decode<T>(longer).has_value());
    for (int flips = *rc::gen::inRange(1, 4); flips > 0 && !bytes.empty(); --flips) {
        bytes[*rc::gen::inRange<std::size_t>(0, bytes.size())] = *rc::gen::arbitrary<std::uint8_t>();
    }
    check_canonical<T>(bytes);
    check_canonical<T>(*rc::gen::arbitrary<Bytes>());
}

/// Checks the laws for T; call it from a TEST.
template <class T>
void check_codec_laws() {
    EXPECT_TRUE(rc::check("every value survives encoding and decoding", [] { check_round_trip<T>(); }));
    EXPECT_TRUE(rc::check("bytes are canonical or refused", [] { check_totality<T>(); }));
}

}  // namespace dure::test
