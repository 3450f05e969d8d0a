#include "ledger/execution.h"

#include <string>
#include <utility>

#include "base/assert.h"
#include "ledger/data/judging.h"
#include "ledger/draws/reveals.h"
#include "ledger/epochs/changes.h"
#include "ledger/epochs/switching.h"
#include "ledger/fees.h"
#include "ledger/invariants/invariants.h"
#include "ledger/ownership/balances.h"
#include "ledger/rounds/disputes.h"
#include "ledger/rounds/phases.h"
#include "ledger/serving/receipt_cases.h"
#include "ledger/state/memory_state.h"
#include "ledger/transactions/payload.h"

namespace dure::ledger {

namespace {

using protocol::Block;
using protocol::Header;
using protocol::Transaction;

/// One block's execution: begin, then its transactions one by one, then end. Works on an overlay of its own
/// until the end.
class BlockExecution {
  public:
    BlockExecution(const StateReader& parent, const Header& header)
        : parent_(parent),
          state_(parent_),
          header_(header),
          parameters_(ParameterStore::get(state_)),
          chain_id_(ChainInfo::get(state_).chain_id) {}

    Status begin() {
        if (header_.version != ProtocolVersion::get(state_) || header_.chain_id != chain_id_) {
            return Error{ErrorCode::invalid, "the block is for chain " + header_.chain_id.hex() +
                                                 ", version " + std::to_string(header_.version) +
                                                 "; the chain runs version " +
                                                 std::to_string(ProtocolVersion::get(state_))};
        }
        HeadRecord head = Head::get(state_);
        if (header_.height != head.height.next()) {
            return Error{ErrorCode::invalid, "the block's height is " + to_text(header_.height) +
                                                 ", the state's next one " + to_text(head.height.next())};
        }
        DURE_CHECK(check_epoch());
        head.height = header_.height;
        Head::put(state_, head);
        return accept_reveal(state_, header_);
    }

    /// `id` is the transaction's. Errors: those that make a block invalid; then nothing has changed.
    Status add(const Transaction& transaction, const Hash& id) {
        DURE_TRY(const Payload payload, check_form(transaction, chain_id_));
        const protocol::TransactionBody& body = transaction.body;
        DURE_CHECK(require_not_expired(body, header_.height));
        AccountRecord sender = load_account(state_, body.sender);
        DURE_CHECK(require_nonce(body, sender));
        DURE_CHECK(
            require_fee(parameters_, body,
                        body.fee_payer ? load_account(state_, *body.fee_payer).balance : sender.balance));
        ++sender.nonce;
        if (!body.fee_payer) sender.balance = *checked_sub(sender.balance, body.fee);
        Accounts::put(state_, body.sender, sender);
        if (body.fee_payer) {
            const Status paid = debit(state_, *body.fee_payer, body.fee);
            DURE_ASSERT(paid.has_value());
        }
        fees_ += body.fee;
        outcome_.receipts.push_back(execute(transaction, id, payload));
        return {};
    }

    Result<BlockOutcome> end() {
        pay_proposer();
        advance_data(state_, parameters_, header_.height, outcome_.events);
        advance_disputes(state_, parameters_, header_.height, outcome_.events);
        advance_cases(state_, parameters_, header_.height, outcome_.events);
        advance_rounds(state_, parameters_, header_.height, outcome_.events);
        if (next_) {
            advance_changes(state_, parent_, outcome_.events);
            begin_next_epoch(state_, parameters_, *next_, Beacon::get(parent_).value, header_.height,
                             outcome_.events);
        }
        AggregateStore::put(state_, aggregates_after(AggregateStore::get(parent_), parent_, state_));
        DURE_CHECK(check_invariants(state_));
        return std::move(outcome_);
    }

    /// Writes what the block did, after its end.
    void write_to(Overlay& state) { state.absorb(state_); }

  private:
    /// Finds out who validates next, if this block is its epoch's last one.
    Status check_epoch() {
        const protocol::Epoch running = CurrentEpoch::get(state_);
        if (header_.epoch != running) {
            return Error{ErrorCode::invalid, "the block at height " + to_text(header_.height) +
                                                 " says epoch " + to_text(header_.epoch) +
                                                 ", this is epoch " + to_text(running)};
        }
        if (is_last_of_epoch(parameters_.epoch_blocks, header_.height))
            next_ = select_validators(parent_, parameters_);
        const Hash next = next_ ? next_->validators.hash() : Hash{};
        if (header_.next_validators != next) {
            return Error{ErrorCode::invalid, "the block at height " + to_text(header_.height) + " names " +
                                                 header_.next_validators.hex() +
                                                 " as the next epoch's validators; here it is " + next.hex()};
        }
        return {};
    }

    static Status require_nonce(const protocol::TransactionBody& body, const AccountRecord& sender) {
        if (body.nonce == sender.nonce) return {};
        return Error{ErrorCode::conflict, "the nonce is " + std::to_string(body.nonce) + "; " +
                                              body.sender.address() + "'s next one is " +
                                              std::to_string(sender.nonce)};
    }

    TransactionReceipt execute(const Transaction& transaction, const Hash& id, const Payload& payload) {
        TransactionReceipt receipt;
        receipt.id = id;
        Overlay::Savepoint effect(state_);
        TransactionContext context{.state = state_,
                                   .parameters = parameters_,
                                   .chain_id = chain_id_,
                                   .height = header_.height,
                                   .proposer = header_.proposer,
                                   .sender = transaction.body.sender,
                                   .payer = transaction.body.fee_payer.value_or(transaction.body.sender),
                                   .transaction = receipt.id,
                                   .events = receipt.events};
        const Status status = std::visit([&](const auto& one) { return apply(one, context); }, payload);
        receipt.ok = status.has_value();
        if (receipt.ok) {
            effect.keep();
        } else {
            receipt.error = status.error();
            receipt.events.clear();
        }
        return receipt;
    }

    void pay_proposer() {
        if (fees_.is_zero()) return;
        const Account to = beneficiary_of(state_, header_.proposer);
        credit(state_, to, fees_);
        outcome_.events.push_back(BlockFeesPaid{.proposer = header_.proposer, .to = to, .amount = fees_});
    }

    CachingReader parent_;
    Overlay state_;
    const Header& header_;
    Parameters parameters_;
    Hash chain_id_;
    std::optional<Selection> next_;  ///< the next epoch's, if this block is the running one's last
    Coin fees_;
    BlockOutcome outcome_;
};

void complete_header(const StateReader& state, Header& header) {
    const Parameters parameters = ParameterStore::get(state);
    header.version = ProtocolVersion::get(state);
    header.epoch = CurrentEpoch::get(state);
    header.next_validators = is_last_of_epoch(parameters.epoch_blocks, header.height)
                                 ? next_validators(state, parameters).hash()
                                 : Hash{};
}

std::size_t encoded_size(const Transaction& transaction) {
    Writer writer;
    write(writer, transaction);
    return writer.bytes().size();
}

}  // namespace

Result<BlockOutcome> execute_block(Overlay& state, const Block& block) {
    std::vector<Hash> ids;
    std::vector<Hash> witnesses;
    ids.reserve(block.transactions.size());
    witnesses.reserve(block.transactions.size());
    for (const Transaction& transaction : block.transactions) {
        ids.push_back(protocol::transaction_id(transaction));
        witnesses.push_back(protocol::witness_id(ids.back(), transaction));
    }
    if (block.header.transactions_root != protocol::witnesses_root(witnesses)) {
        return Error{ErrorCode::invalid, "the block's transactions are not those that its header names"};
    }
    BlockExecution execution(state, block.header);
    DURE_CHECK(execution.begin());
    for (std::size_t i = 0; i < block.transactions.size(); ++i) {
        if (Status added = execution.add(block.transactions[i], ids[i]); !added) {
            return with_context({ErrorCode::invalid, added.error().message},
                                "transaction " + std::to_string(i) + " of the block");
        }
    }
    DURE_TRY(BlockOutcome outcome, execution.end());
    execution.write_to(state);
    return outcome;
}

Result<AssembledBlock> assemble_block(Overlay& state, Header header, std::vector<Transaction> candidates,
                                      std::size_t max_bytes) {
    AssembledBlock result;
    complete_header(state, header);
    BlockExecution execution(state, header);
    DURE_CHECK(execution.begin());
    std::size_t bytes = 0;
    std::vector<Hash> witnesses;
    for (Transaction& candidate : candidates) {
        const std::size_t size = encoded_size(candidate);
        if (size > max_bytes - bytes ||
            result.block.transactions.size() == protocol::k_max_block_transactions)
            continue;
        const Hash id = protocol::transaction_id(candidate);
        if (!execution.add(candidate, id)) {
            result.left_out.push_back(id);
            continue;
        }
        bytes += size;
        witnesses.push_back(protocol::witness_id(id, candidate));
        result.block.transactions.push_back(std::move(candidate));
    }
    DURE_TRY(result.outcome, execution.end());
    execution.write_to(state);
    header.transactions_root = protocol::witnesses_root(witnesses);
    result.block.header = std::move(header);
    return result;
}

}  // namespace dure::ledger
