// Fuzz targets: functions over bytes that must end without a crash, a sanitizer's report or a broken law,
// whatever the bytes. All of them live in one program: with libFuzzer (preset fuzz, tools/fuzz) the
// environment's DURE_FUZZ_TARGET picks one; in every build a unit test replays the checked-in corpus and
// random changes of it.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

#include "base/bytes.h"
#include "base/codec.h"

namespace dure::fuzz {

using Target = void (*)(ByteView input);

/// All targets by name. Names are also those of the corpus folders, tests/fuzz/corpus/NAME.
std::map<std::string, Target>& targets();

struct Registration {
    Registration(const char* name, Target target) { targets().emplace(name, target); }
};

/// Stops the fuzzer: a law does not hold.
inline void require(bool holds, const char* law) {
    if (holds) return;
    std::fprintf(stderr, "broken law: %s\n", law);
    std::abort();
}

/// The law of every canonical decoder: what it accepts encodes to the same bytes.
template <class T>
void round_trip(ByteView input) {
    const auto value = decode<T>(input);
    if (!value) {
        require(!value.error().message.empty(), "an error says what is wrong");
        return;
    }
    require(encode(*value) == to_bytes(input), "what a decoder accepts encodes to the same bytes");
}

}  // namespace dure::fuzz

/// DURE_FUZZ_TARGET(name) { …uses input… }
#define DURE_FUZZ_TARGET(name)                                                          \
    static void fuzz_##name(::dure::ByteView input);                                    \
    static const ::dure::fuzz::Registration registration_of_##name(#name, fuzz_##name); \
    static void fuzz_##name([[maybe_unused]] ::dure::ByteView input)

/// A target for a type that the codec knows.
#define DURE_FUZZ_CODEC(name, ...)                                        \
    static const ::dure::fuzz::Registration registration_of_##name(#name, \
                                                                   &::dure::fuzz::round_trip<__VA_ARGS__>)
