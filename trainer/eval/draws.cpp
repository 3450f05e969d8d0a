#include "trainer/eval/draws.h"

#include "base/assert.h"
#include "base/codec.h"
#include "base/hash.h"

namespace dure::trainer {
namespace {

std::uint64_t first_number(const Hash& hash) {
    std::uint64_t value = 0;
    Reader reader(hash.bytes);
    reader.number(value);
    return value;
}

}  // namespace

std::uint64_t draw(std::uint64_t seed, std::uint64_t a, std::uint64_t b) {
    static const TaggedHash hash("dure/eval/draw");
    Writer writer;
    writer.number(seed);
    writer.number(a);
    writer.number(b);
    return first_number(hash(writer.bytes()));
}

bool is_held_out(std::string_view key, std::uint32_t one_in) {
    static const TaggedHash hash("dure/eval/held-out");
    DURE_ASSERT(one_in > 0);
    return first_number(hash(as_bytes(key))) % one_in == 0;
}

}  // namespace dure::trainer
