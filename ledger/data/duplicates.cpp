#include "ledger/data/duplicates.h"

#include <set>

namespace dure::ledger {

namespace {

constexpr std::size_t k_band_bytes = 3 * 4;
static_assert(k_sketch_bands * k_band_bytes <= 4 * k_sketch_values);

BandPart band_of(const Sketch& sketch, std::size_t band) {
    static const TaggedHash hash("dure/sketch/band");
    const Hash digest = hash(ByteView(sketch.bytes).subspan(band * k_band_bytes, k_band_bytes));
    BandPart part{.band = static_cast<std::uint8_t>(band), .digest = 0};
    for (std::size_t i = 8; i-- > 0;)
        part.digest = part.digest << 8 | digest.bytes[i];
    return part;
}

}  // namespace

void index_sketch(Overlay& state, const Hash& shard, std::uint64_t offer, const Sketch& sketch) {
    for (std::size_t band = 0; band < k_sketch_bands; ++band) {
        const BandPart part = band_of(sketch, band);
        SketchBands::put(state, {part.band, part.digest, offer}, shard);
    }
}

void unindex_sketch(Overlay& state, std::uint64_t offer, const Sketch& sketch) {
    for (std::size_t band = 0; band < k_sketch_bands; ++band) {
        const BandPart part = band_of(sketch, band);
        SketchBands::erase(state, {part.band, part.digest, offer});
    }
}

std::optional<Hash> earlier_duplicate(const StateReader& state, std::uint64_t offer, const Sketch& sketch) {
    std::set<std::uint64_t> compared;
    std::optional<std::uint64_t> earliest;
    std::optional<Hash> found;
    for (std::size_t band = 0; band < k_sketch_bands; ++band) {
        std::size_t candidates = 0;
        SketchBands::scan_part(state, band_of(sketch, band), [&](const BandKey& key, const Hash& shard) {
            if (key.offer >= earliest.value_or(offer) || ++candidates > k_max_band_candidates) return false;
            if (!compared.insert(key.offer).second) return true;
            if (equal_entries(Sketches::get(state, shard), sketch) < k_near_duplicate) return true;
            earliest = key.offer;
            found = shard;
            return false;
        });
    }
    return found;
}

}  // namespace dure::ledger
