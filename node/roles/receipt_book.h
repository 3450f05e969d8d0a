// The receipts that a server has signed about its answers, with the requests by which they can be replayed and the answers'
// tokens.
//
// Promises: what is signed can be asked for while it can be reported, as far as memory reaches: the oldest go first. Nothing is
// on disk: whoever wants to be sure keeps his request.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "base/keys.h"
#include "ledger/records/checkpoint.h"
#include "ledger/records/inference_receipt.h"
#include "node/roles/answer_desk.h"

namespace dure::node {

inline constexpr std::size_t k_receipt_book_bytes = std::size_t{64} << 20;

/// Before its first piece: a choice that is not answered to its end counts as cut.
std::vector<ledger::AnswerChoice> empty_answer(std::size_t choices);
/// Puts a piece behind those that were handed out before.
void add_part(std::vector<ledger::AnswerChoice>& answer, const RunPart& part);

/// A paid answer at its end.
struct PaidAnswerFacts {
    Account payer;
    Hash payment;
    ledger::CheckpointRecord checkpoint;
    std::uint64_t input_tokens = 0;
    std::uint64_t output_tokens = 0;
    Coin cost;
    Coin spent;  ///< on the channel, with this answer
    protocol::Height height;
};

class ReceiptBook {
  public:
    struct Kept {
        ledger::InferenceReceipt receipt;
        ledger::InferenceRequest request;
        ledger::AnswerTokens answer;
    };

    ReceiptBook(const SecretKey& key, const Hash& chain_id, std::size_t max_bytes = k_receipt_book_bytes)
        : key_(key), chain_id_(chain_id), max_bytes_(max_bytes) {}

    /// Signs what is said about this answer, and keeps it.
    ledger::InferenceReceipt sign(ledger::InferenceRequest request,
                                  const std::vector<ledger::AnswerChoice>& answer,
                                  const PaidAnswerFacts& facts);
    const Kept* find(const Hash& receipt) const;
    /// Those that cannot be reported any more.
    void forget_before(protocol::Height height);
    std::size_t bytes() const { return bytes_; }

  private:
    void forget_oldest();

    const SecretKey key_;
    const Hash chain_id_;
    const std::size_t max_bytes_;
    std::map<Hash, Kept> kept_;
    std::deque<Hash> order_;  ///< the oldest first
    std::size_t bytes_ = 0;
};

}  // namespace dure::node
