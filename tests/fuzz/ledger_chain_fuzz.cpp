// The ledger's execution: blocks of arbitrary transactions on a chain in mid-life. Accounts, hashes, amounts
// and vouchers are drawn from those that the chain knows, so that the bytes reach the effects and not only
// the first check. After every block the invariants must hold, and executing the assembled block again must
// give the same state.
#include <algorithm>
#include <array>

#include "ledger/invariants/invariants.h"
#include "tests/fuzz/target.h"
#include "tests/ledger/harness.h"

namespace dure::fuzz {
namespace {

using namespace ledger;
namespace testing = ledger::testing;

constexpr std::size_t k_persons = 12;
constexpr std::size_t k_most_blocks = 12;
constexpr std::size_t k_most_bytes = 1 << 20;
constexpr std::uint64_t k_vouchers[] = {0, 1, 1'000'000, 5 * k_grain_per_dure};

/// A chain at one moment, and what its transactions may speak of.
struct Scene {
    testing::Harness chain;
    std::vector<Hash> hashes;
    std::vector<Signature> vouchers;
};

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
    for (const std::uint64_t cumulative : k_vouchers) {
        scene.vouchers.push_back(
            testing::key_of(5).sign(voucher_digest(chain.chain_id(), channel, Coin{cumulative})));
    }
    return scene;
}

const Scene& scene(std::size_t number) {
    static const std::array<Scene, 7> scenes{make_scene(RoundPhase::joining),
                                             make_scene(RoundPhase::training),
                                             make_scene(RoundPhase::auditing),
                                             make_scene(RoundPhase::attesting),
                                             make_scene(RoundPhase::revealing),
                                             make_scene(RoundPhase::opening),
                                             make_scene(RoundPhase::opening_attestations)};
    return scenes[number % scenes.size()];
}

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
            for (std::size_t left = std::min<std::size_t>(byte() % 16, T::k_max); left > 0; --left) {
                made.push_back(static_cast<typename T::value_type>('a' + byte() % 26));
            }
            return made;
        } else if constexpr (k_is_bounded_list<T>) {
            T made;
            for (std::size_t left = std::min<std::size_t>(byte() % 4, T::k_max); left > 0; --left)
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

protocol::Transaction drawn_transaction(Draw& draw, const StateReader& state, const Hash& chain_id) {
    const Account sender = testing::account_of(draw.byte() % k_persons);
    const std::uint8_t form = draw.byte();
    protocol::Transaction transaction;
    const std::uint64_t nonce = account(state, sender).nonce + (form % 16 == 15 ? 1 : 0);
    const Coin fee = form % 16 == 14 ? draw.value<Coin>() : Coin{10'000};
    transaction.body =
        make_body(chain_id, sender, nonce, fee, head(state).height + 100, draw.value<Payload>());
    if (form >= 224) {
        transaction.body.fee_payer = testing::account_of(form % k_persons);
        transaction.fee_payer_signature = Signature{};
    }
    return transaction;
}

DURE_FUZZ_TARGET(ledger_blocks) {
    if (input.empty()) return;
    const Scene& start = scene(input[0]);
    Draw draw(input.subspan(1), start);
    const Hash chain_id = start.chain.chain_id();
    static const std::vector<BeaconChain> beacons = testing::beacon_chains(4);
    Overlay state(start.chain.state());
    const StateReader& parent = state;
    for (std::size_t made = 0; made < k_most_blocks && (made == 0 || !draw.done()); ++made) {
        std::vector<protocol::Transaction> candidates;
        for (std::size_t left = draw.byte() % 8; left > 0; --left)
            candidates.push_back(drawn_transaction(draw, state, chain_id));
        std::erase_if(candidates, [&](const protocol::Transaction& candidate) {
            return !check_transaction(candidate, chain_id).has_value();
        });

        const std::size_t proposer = made % beacons.size();
        protocol::Header header;
        header.chain_id = chain_id;
        header.height = head(state).height.next();
        header.proposer = testing::account_of(proposer);
        header.beacon_reveal = beacons[proposer].reveal(validator(state, header.proposer)->reveals);

        Overlay assembled(parent);
        const auto proposal = assemble_block(assembled, header, candidates, k_most_bytes);
        require(proposal.has_value(), "a block can always be assembled");
        Overlay executed(parent);
        const auto outcome = execute_block(executed, proposal->block);
        require(outcome.has_value(), "an assembled block is valid");
        require(executed.changes() == assembled.changes(), "assembling and executing give the same state");
        require(check_invariants(executed).has_value(), "the invariants hold after every block");
        state.apply(executed.take_changes());
    }
    require(recount_invariants(state).has_value(), "the recounted invariants hold");
}

}  // namespace
}  // namespace dure::fuzz
