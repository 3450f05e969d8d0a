#include "node/chain/work.h"

#include <set>

#include "ledger/views.h"

namespace dure::node {

namespace {

/// What a block's header and its lists' lengths take at most, off k_max_block_bytes.
constexpr std::size_t k_block_frame_bytes = 1'024;

}  // namespace

Status execute_with_ancestors(FinalChain& chain, const consensus::Simplex& simplex, const BlockPtr& block) {
    std::vector<BlockPtr> missing{block};
    while (!chain.branches().has(missing.back()->header.parent)) {
        BlockPtr parent = simplex.block(missing.back()->header.parent);
        if (!parent || parent->header.height <= chain.head().height) {
            return Error{ErrorCode::not_found, "an ancestor of the block at height " +
                                                   to_text(block->header.height) + " is missing here"};
        }
        missing.push_back(std::move(parent));
    }
    for (auto next = missing.rbegin(); next != missing.rend(); ++next)
        DURE_CHECK(chain.branches().execute(*next));
    return {};
}

Result<protocol::Block> build_block(FinalChain& chain, const consensus::Simplex& simplex, Mempool& mempool,
                                    const BeaconOf& beacon_of, const Account& self,
                                    const consensus::BuildBlock& order) {
    Branches& branches = chain.branches();
    if (!branches.has(order.parent.block)) {
        const BlockPtr parent = simplex.block(order.parent.block);
        if (!parent || !execute_with_ancestors(chain, simplex, parent))
            return Error{ErrorCode::not_found,
                         "the state of " + order.parent.block.hex() + ", on which to build, is not here"};
    }
    const ledger::StateReader& state = *branches.state_after(order.parent.block);
    const auto record = ledger::validator(state, self);
    if (!record) return Error{ErrorCode::not_found, self.address() + " is no validator there"};
    const ledger::BeaconChain& beacon = beacon_of(record->chain);
    if (record->reveals >= beacon.length()) {
        return Error{ErrorCode::unavailable, "this validator's beacon chain of " +
                                                 std::to_string(beacon.length()) + " links is used up"};
    }
    constexpr std::size_t max_bytes = protocol::k_max_block_bytes - k_block_frame_bytes;
    auto candidates =
        mempool.candidates([&](const Account& sender) { return ledger::account(state, sender).nonce; },
                           protocol::k_max_block_transactions, max_bytes);
    DURE_TRY(auto assembled, branches.assemble(order.parent.block, self, beacon.reveal(record->reveals),
                                               std::move(candidates), max_bytes));
    const protocol::Height next = chain.head().height.next();
    for (const Hash& id : assembled.left_out) {
        const protocol::Transaction* transaction = mempool.find(id);
        if (transaction != nullptr && !ledger::admit_transaction(chain.state(), *transaction, next))
            mempool.remove(id);
    }
    return std::move(assembled.block);
}

std::vector<BlockToCommit> blocks_to_commit(const FinalChain& chain, const consensus::Commit& order) {
    std::vector<BlockToCommit> blocks;
    for (const BlockPtr& block : order.blocks) {
        if (block->header.height > chain.head().height) blocks.push_back({block, std::nullopt});
    }
    if (!blocks.empty()) blocks.back().finalization = order.finalization;
    return blocks;
}

void settle(Mempool& mempool, const ledger::StateReader& state, const protocol::Block& block) {
    std::set<Account> senders;
    for (const protocol::Transaction& transaction : block.transactions)
        senders.insert(transaction.body.sender);
    for (const Account& sender : senders)
        mempool.settle(sender, ledger::account(state, sender).nonce);
}

Result<BlockResponse> answer(const FinalChain& chain, const consensus::Simplex& simplex,
                             const BlockRequest& request) {
    BlockResponse response{.requested = request.block, .block = {}};
    if (const BlockPtr recent = simplex.block(request.block)) {
        response.block = *recent;
    } else if (const auto height = chain.log().height_of(request.block)) {
        DURE_TRY(FinalBlock stored, chain.log().read(*height));
        response.block = std::move(stored.block);
    }
    return response;
}

Result<RangeResponse> answer(const FinalChain& chain, const RangeRequest& request) {
    RangeResponse response{.first = request.first, .blocks = {}};
    const BlockLog& log = chain.log();
    const std::size_t wanted = std::min<std::size_t>(request.count, k_max_range_blocks);
    std::size_t bytes = 0;
    for (protocol::Height height = request.first;
         height >= log.first() && height <= log.height() && response.blocks.size() < wanted;
         height = height.next()) {
        const bool proven = !response.blocks.empty() && response.blocks.back().finalization.has_value();
        if (proven && bytes >= k_range_answer_bytes) break;
        bytes += log.size_of(height);
        if (bytes > k_max_range_message_bytes - k_max_small_message_bytes) break;
        DURE_TRY(FinalBlock stored, log.read(height));
        response.blocks.push_back(std::move(stored));
    }
    return response;
}

bool is_the_one_asked_for(const BlockResponse& response) {
    return response.block && protocol::block_hash(*response.block) == response.requested &&
           protocol::transactions_root(response.block->transactions) ==
               response.block->header.transactions_root;
}

}  // namespace dure::node
