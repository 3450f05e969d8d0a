#include "tests/fuzz/ledger_scene.h"

#include "tests/fuzz/target.h"

namespace dure::fuzz {

namespace {

/// All hashes in a value, each once.
template <class T>
void collect_hashes(const T& one, std::vector<Hash>& hashes) {
    using namespace codec_detail;
    if constexpr (std::same_as<T, Hash>) {
        if (std::find(hashes.begin(), hashes.end(), one) == hashes.end()) hashes.push_back(one);
    } else if constexpr (std::same_as<T, Account> || std::same_as<T, Signature> || std::same_as<T, bool> ||
                         std::unsigned_integral<T> || CountedEnum<T> || k_is_byte_array<T> ||
                         k_is_bounded_bytes<T>) {
        return;
    } else if constexpr (k_is_bounded_list<T>) {
        for (const auto& part : one)
            collect_hashes(part, hashes);
    } else if constexpr (k_is_optional<T>) {
        if (one) collect_hashes(*one, hashes);
    } else if constexpr (k_is_variant<T>) {
        std::visit([&](const auto& alternative) { collect_hashes(alternative, hashes); }, one);
    } else {
        std::apply([&](auto... member) { (collect_hashes(one.*member, hashes), ...); }, T::fields());
    }
}

/// Data is offered, a channel is open and the first round has come to `phase`, honestly.
Scene make_scene(RoundPhase phase) {
    Scene scene;
    testing::Harness& chain = scene.chain;
    const Hash channel =
        chain.submit(5, OpenChannel{.server = testing::account_of(0), .deposit = {10 * k_grain_per_dure}});
    chain.block();
    chain.add_data(8, "a text");
    for (std::size_t i = 0; i < 200 && current_round(chain.state()).phase != phase; ++i)
        chain.work();
    require(current_round(chain.state()).phase == phase, "the scene is reached");
    scene.hashes = {Hash{}, channel, testing::hash_of("a text"), testing::hash_of("another text"),
                    chain.genesis().model.checkpoint_root};
    for (std::uint32_t unit = 0; unit < 4; ++unit)
        scene.hashes.push_back(testing::honest_update(current_round(chain.state()).number, unit));
    for (std::size_t person = 0; person < 4; ++person) {
        for (const Payload& payload : testing::honest_moves(chain.state(), testing::account_of(person)))
            collect_hashes(payload, scene.hashes);
    }
    require(scene.hashes.size() <= 256, "a byte names each hash");
    for (const std::uint64_t cumulative : k_vouchers) {
        scene.vouchers.push_back(
            testing::key_of(5).sign(voucher_digest(chain.chain_id(), channel, Coin{cumulative})));
    }
    return scene;
}

}  // namespace

const Scene& scene(std::size_t number) {
    static const std::array<Scene, k_scenes> scenes{make_scene(RoundPhase::joining),
                                                    make_scene(RoundPhase::training),
                                                    make_scene(RoundPhase::auditing),
                                                    make_scene(RoundPhase::attesting),
                                                    make_scene(RoundPhase::revealing),
                                                    make_scene(RoundPhase::opening),
                                                    make_scene(RoundPhase::opening_attestations)};
    return scenes[number % scenes.size()];
}

}  // namespace dure::fuzz
