#include "node/chain/branches.h"

#include <vector>

#include "base/assert.h"
#include "ledger/views.h"

namespace dure::node {

using ledger::StateReader;

namespace {

/// A reader that can be pointed elsewhere: when a block becomes final its children's states stand on the
/// final state instead of on its overlay.
class Forward final : public StateReader {
  public:
    explicit Forward(const StateReader& to) : to_(&to) {}
    void point_to(const StateReader& to) { to_ = &to; }
    std::optional<Bytes> get(ByteView key) const override { return to_->get(key); }
    void scan(ByteView prefix, ByteView from, const Visitor& visit) const override {
        to_->scan(prefix, from, visit);
    }

  private:
    const StateReader* to_;
};

Error refused(std::string why) {
    return {ErrorCode::invalid, std::move(why)};
}

}  // namespace

struct Branches::Executed {
    explicit Executed(const StateReader& parent_state) : below(parent_state), state(below) {}

    BlockPtr block;
    Forward below;
    ledger::Overlay state;
    std::shared_ptr<StateBatch> batch;  ///< with the changes of `state`, in order
    std::optional<PendingTree> tree;
    ledger::BlockOutcome outcome;
};

Branches::Branches(const Hash& chain_id, const StateReader& final_state, Tip tip)
    : chain_id_(chain_id), final_state_(final_state), tip_(std::move(tip)) {}

Branches::~Branches() = default;

bool Branches::has(const Hash& block) const {
    return block == tip_.block || executed_.contains(block);
}

const StateReader* Branches::state_after(const Hash& block) const {
    if (block == tip_.block) return &final_state_;
    const auto found = executed_.find(block);
    return found == executed_.end() ? nullptr : &found->second->state;
}

BlockPtr Branches::block(const Hash& block) const {
    const auto found = executed_.find(block);
    return found == executed_.end() ? nullptr : found->second->block;
}

const PendingTree& Branches::tree_after(const Hash& block) const {
    if (block == tip_.block) return tip_.tree;
    const auto found = executed_.find(block);
    DURE_ASSERT(found != executed_.end());
    return *found->second->tree;
}

std::unique_ptr<Branches::Executed> Branches::prepare(const Hash& parent) const {
    const StateReader* below = state_after(parent);
    DURE_ASSERT(below != nullptr);
    return std::make_unique<Executed>(*below);
}

/// What the ledger takes for granted about a header, and what it does not know. Version, height, reveal and
/// transactions' root it checks itself.
Status Branches::check_header(const protocol::Block& block) const {
    const protocol::Header& header = block.header;
    if (header.chain_id != chain_id_) return refused("the block is another chain's");
    if (!ledger::validator(*state_after(header.parent), header.proposer))
        return refused(header.proposer.address() + " proposed the block but is no validator");
    const Hash root = tree_after(header.parent).root();
    if (header.state_root != root) {
        return refused("the block at height " + to_text(header.height) + " claims state root " +
                       header.state_root.hex() + ", here it is " + root.hex());
    }
    return {};
}

Status Branches::execute(BlockPtr block) {
    const Hash hash = protocol::block_hash(*block);
    if (has(hash)) return {};
    const Hash& parent = block->header.parent;
    if (!has(parent))
        return Error{ErrorCode::not_found,
                     "the parent " + parent.hex() + " of block " + hash.hex() + " was not executed here"};
    DURE_CHECK(check_header(*block));
    if (encode(*block).size() > protocol::k_max_block_bytes)
        return refused("the block is larger than " + std::to_string(protocol::k_max_block_bytes) + " bytes");
    auto executed = prepare(parent);
    DURE_TRY(executed->outcome, ledger::execute_block(executed->state, *block));
    keep(hash, std::move(block), std::move(executed));
    return {};
}

void Branches::keep(const Hash& hash, BlockPtr block, std::unique_ptr<Executed> executed) {
    executed->batch = std::make_shared<StateBatch>();
    executed->batch->changes = executed->state.changes();
    executed->tree = tree_after(block->header.parent).with({executed->batch, &executed->batch->changes});
    executed->block = std::move(block);
    executed_.emplace(hash, std::move(executed));
}

Result<ledger::AssembledBlock> Branches::assemble(const Hash& parent, const Account& proposer,
                                                  const Hash& beacon_reveal,
                                                  std::vector<protocol::Transaction> candidates,
                                                  std::size_t max_bytes) {
    auto executed = prepare(parent);
    const protocol::Height height =
        parent == tip_.block ? tip_.height.next() : executed_.at(parent)->block->header.height.next();
    protocol::Header header{.version = {},
                            .chain_id = chain_id_,
                            .epoch = {},
                            .height = height,
                            .parent = parent,
                            .proposer = proposer,
                            .state_root = tree_after(parent).root(),
                            .transactions_root = {},
                            .beacon_reveal = beacon_reveal,
                            .next_validators = {}};
    DURE_TRY(auto assembled,
             ledger::assemble_block(executed->state, header, std::move(candidates), max_bytes));
    executed->outcome = assembled.outcome;
    keep(protocol::block_hash(assembled.block), std::make_shared<const protocol::Block>(assembled.block),
         std::move(executed));
    return assembled;
}

Committed Branches::commit(const Hash& hash) {
    const auto found = executed_.find(hash);
    DURE_ASSERT(found != executed_.end() && found->second->block->header.parent == tip_.block);
    const std::unique_ptr<Executed> executed = std::move(found->second);
    executed_.erase(found);

    Committed committed{.block = executed->block,
                        .batch = std::move(executed->batch),
                        .outcome = std::move(executed->outcome),
                        .tree_before = std::move(tip_.tree)};
    tip_ = {.height = committed.block->header.height, .block = hash, .tree = std::move(*executed->tree)};

    // Children now stand on the final state; whatever does not descend from it is dropped, parents before
    // children by height.
    std::map<protocol::Height, std::vector<Hash>> by_height;
    for (const auto& [other, node] : executed_)
        by_height[node->block->header.height].push_back(other);
    for (const auto& [height, hashes] : by_height) {
        for (const Hash& other : hashes) {
            const auto node = executed_.find(other);
            const Hash& parent = node->second->block->header.parent;
            if (parent == hash) node->second->below.point_to(final_state_);
            if (!has(parent)) executed_.erase(node);
        }
    }
    return committed;
}

}  // namespace dure::node
