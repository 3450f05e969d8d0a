// From a leader's proposal to its block being final and durable at that leader, four validators with a one-way delay of 50 ms
// between any two ÷ the three delays that the protocol needs: the proposal's, the notarizing votes', the finalizing votes'.
// Beside it the same without a delay, and what a user sees: from handing in a transfer to its being final.
//
// usage: bench_finality [--json FILE]
#include <iostream>
#include <thread>

#include "node/chain/chain.h"
#include "tools/bench/figures.h"
#include "tools/bench/folder.h"
#include "tools/bench/ledger_chain.h"
#include "tools/bench/node_group.h"
#include "tools/bench/timing.h"

namespace dure::bench {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t k_validators = 4;
constexpr std::chrono::milliseconds k_delay = 50ms;
constexpr double k_delays = 3;
constexpr std::uint64_t k_first_blocks = 10;  ///< until everybody knows everybody
constexpr std::uint64_t k_last_block = 170;
constexpr std::uint64_t k_transfers = 40;  ///< one after the other

const SecretKey& payer() {
    static const SecretKey key = SecretKey::from_seed("bench payer");
    return key;
}

/// What one node saw of the blocks that it proposed itself.
struct OwnBlocks {
    std::chrono::nanoseconds before{0};
    std::uint64_t height = 0;
    Numbers seconds;
};

void watch(node::Node& node, OwnBlocks& own) {
    node.chain().on_final([&node, &own](const protocol::Block& block, const ledger::BlockOutcome&) {
        const std::chrono::nanoseconds waited = node.chain().counters().proposals_wait;
        own.height = block.header.height.value;
        if (block.header.proposer == node.account() && own.height > k_first_blocks)
            own.seconds.add(std::chrono::duration<double>(waited - own.before).count());
        own.before = waited;
    });
}

/// Seconds from handing a transfer in at node 0 to its being final there.
Result<double> transfer_seconds(NodeGroup& group, std::uint64_t nonce) {
    const protocol::Transaction transfer = protocol::sign_transaction(
        unsigned_transfer(group.chain_id(), payer().account(), nonce, keyless_account(nonce)).body, payer());
    const Hash id = transaction_id(transfer);
    const double began = seconds_now();
    DURE_CHECK(group.submit(0, {transfer}).front());
    while (!group.on(0, [&](node::Node& node) { return node.chain().transaction(id).has_value(); })) {
        if (seconds_now() - began > 30)
            return Error{ErrorCode::unavailable, "a transfer did not become final"};
        std::this_thread::sleep_for(1ms);
    }
    return seconds_now() - began;
}

struct Measured {
    double block_seconds = 0;     ///< from a proposal to its being final at the leader
    double transfer_seconds = 0;  ///< from handing in to final
};

Result<Measured> measure(const std::filesystem::path& folder, std::chrono::milliseconds one_way_delay) {
    const NodeGroupOptions options{.validators = k_validators,
                                   .balances = {{payer().account(), Coin{1'000 * k_grain_per_dure}}},
                                   .block_interval = 10ms,
                                   .one_way_delay = one_way_delay};
    DURE_TRY(const auto group, NodeGroup::start(folder, options));
    std::vector<OwnBlocks> own(k_validators);
    for (std::size_t i = 0; i < k_validators; ++i) {
        group->on(i, [&](node::Node& node) {
            watch(node, own[i]);
            return true;
        });
    }
    const double began = seconds_now();
    const auto reached = [&](std::uint64_t height) {
        return group->on(0, [&](node::Node&) { return own[0].height >= height; });
    };
    Numbers transfers;
    while (!reached(k_first_blocks)) {
        if (seconds_now() - began > 60) return Error{ErrorCode::unavailable, "no blocks become final"};
        std::this_thread::sleep_for(10ms);
    }
    for (std::uint64_t nonce = 0; nonce < k_transfers; ++nonce) {
        DURE_TRY(const double seconds, transfer_seconds(*group, nonce));
        transfers.add(seconds);
    }
    while (!reached(k_last_block)) {
        if (seconds_now() - began > 180)
            return Error{ErrorCode::unavailable, "blocks stopped to become final"};
        std::this_thread::sleep_for(10ms);
    }
    Numbers blocks;
    for (std::size_t i = 0; i < k_validators; ++i) {
        const Numbers seen = group->on(i, [&](node::Node&) { return own[i].seconds; });
        for (const double seconds : seen.all())
            blocks.add(seconds);
    }
    return Measured{blocks.median(), transfers.median()};
}

int run(int argc, const char* const* argv) {
    Figures figures("finality", argc, argv);
    const Folder folder("finality");
    const Result<Measured> far = measure(folder.path() / "far", k_delay);
    const Result<Measured> near = measure(folder.path() / "near", 0ms);
    for (const Result<Measured>* one : {&far, &near}) {
        if (*one) continue;
        std::cerr << one->error().message << "\n";
        return 1;
    }
    const double delay = std::chrono::duration<double>(k_delay).count();
    figures.add("finality_per_delays", far->block_seconds / (k_delays * delay), "ratio", Bar::at_most, 1.3);
    figures.detail("block_ms", far->block_seconds * 1e3);
    figures.detail("transfer_ms", far->transfer_seconds * 1e3);
    figures.detail("block_without_delay_ms", near->block_seconds * 1e3);
    figures.detail("transfer_without_delay_ms", near->transfer_seconds * 1e3);
    return figures.finish();
}

}  // namespace
}  // namespace dure::bench

int main(int argc, char** argv) {
    return dure::bench::run(argc, argv);
}
