// An overlay against a plain map, with writes, scans and savepoints in any order.
#include "ledger/state/overlay.h"

#include <gtest/gtest.h>

#include "ledger/state/memory_state.h"
#include "tests/ledger/random.h"

namespace dure::ledger {
namespace {

using dure::ledger::testing::Random;

using Listed = std::vector<std::pair<Bytes, Bytes>>;

Listed entries_of(const StateReader& state, const Bytes& prefix, const Bytes& from) {
    Listed entries;
    state.scan(prefix, from, [&](ByteView key, ByteView value) {
        entries.emplace_back(to_bytes(key), to_bytes(value));
        return true;
    });
    return entries;
}

Bytes key_of_few(Random& random) {
    return {static_cast<std::uint8_t>(random.below(3)), static_cast<std::uint8_t>(random.below(12))};
}

TEST(Overlay, IsAMapWhateverIsScannedWrittenAndTakenBack) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        Random random(seed);
        MemoryState below;
        MemoryState model;
        Overlay overlay(below);
        for (int round = 0; round < 30; ++round) {
            const MemoryState before = model;
            const bool keeps = random.one_in(2);
            {
                Overlay::Savepoint savepoint(overlay);
                for (std::uint64_t i = random.below(8); i > 0; --i) {
                    const Bytes key = key_of_few(random);
                    const std::optional<Bytes> value =
                        random.one_in(3) ? std::nullopt
                                         : std::optional(Bytes{static_cast<std::uint8_t>(round)});
                    if (value) {
                        overlay.put(key, *value);
                    } else {
                        overlay.erase(key);
                    }
                    model.apply({{key, value}});
                    const Bytes prefix = random.one_in(2) ? Bytes{} : Bytes{key[0]};
                    const Bytes from = random.one_in(2) ? Bytes{} : key_of_few(random);
                    ASSERT_EQ(entries_of(overlay, prefix, from), entries_of(model, prefix, from)) << seed;
                }
                if (keeps) savepoint.keep();
            }
            if (!keeps) model = before;
            ASSERT_EQ(entries_of(overlay, {}, {}), entries_of(model, {}, {})) << seed;
        }
    }
}

}  // namespace
}  // namespace dure::ledger
