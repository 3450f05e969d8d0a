#include "ledger/rounds/audit_plan.h"

#include <algorithm>

#include "base/assert.h"
#include "ledger/rounds/minting.h"

namespace dure::ledger {

Shares unit_value(const Parameters& parameters, protocol::Round round) {
    const Shares pool = round_pool(parameters, round);
    return Shares{mul_div(pool.value, parameters.mint_compute_bp, k_basis_points) / parameters.target_units};
}

std::uint32_t audited_segments(const Parameters& parameters, std::uint32_t segments, Shares value,
                               Shares stake) {
    if (parameters.audit_safety_permille == 0 || stake.is_zero()) return segments;
    // segments ≤ 2^5, value < 2^45, safety ≤ 2^20: far from 128 bits.
    const Uint128 risk = static_cast<Uint128>(value.value) * segments * parameters.audit_safety_permille;
    const Uint128 cover = static_cast<Uint128>(stake.value) * 1'000;
    const Uint128 wanted = std::max<Uint128>((risk + cover - 1) / cover, 1);
    return 2 * wanted > segments ? segments : static_cast<std::uint32_t>(wanted);
}

std::vector<std::uint32_t> draw_segments(Draw& draw, std::uint32_t segments, std::uint32_t count) {
    DURE_ASSERT(count > 0 && 2 * count <= segments);
    const auto first = static_cast<std::uint32_t>(draw.below(segments));
    std::vector<std::uint32_t> chosen{first};
    if (count == 1) return chosen;
    // On the ring, segments − 3 in a row are left. Choices without neighbours among m are choices among
    // m − count + 1, each moved up by those before it.
    const std::uint32_t others = count - 1;
    std::vector<std::uint32_t> left;
    for (std::uint32_t i = 0; i < segments - 3 - others + 1; ++i)
        left.push_back(i);
    std::vector<std::uint32_t> moved;
    while (moved.size() < others) {
        const auto place = left.begin() + static_cast<std::ptrdiff_t>(draw.below(left.size()));
        moved.push_back(*place);
        left.erase(place);
    }
    std::sort(moved.begin(), moved.end());
    for (std::uint32_t i = 0; i < others; ++i)
        chosen.push_back((first + 2 + moved[i] + i) % segments);
    std::sort(chosen.begin(), chosen.end());
    return chosen;
}

}  // namespace dure::ledger
