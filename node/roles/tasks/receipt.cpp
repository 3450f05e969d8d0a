// Judging receipts that somebody reported: a juror replays the request on the checkpoint that the receipt names.
#include "node/roles/inference_replay.h"
#include "node/roles/tasks/perform.h"
#include "node/roles/tasks/shared.h"

namespace dure::node {

namespace asio = boost::asio;

namespace {

std::string note_of(const ledger::ReceiptCaseView& turn) {
    return "receipt-" + turn.receipt.hex() + "-" + std::to_string(turn.record.redraws);
}

asio::awaitable<Result<Hash>> replayed(const WorkTools& tools, const ledger::ReceiptCaseRecord& record,
                                       std::shared_ptr<Cancelled> cancelled) {
    Result<Library::CheckpointPtr> checkpoint = co_await tools.library.checkpoint(record.checkpoint);
    if (!checkpoint) co_return checkpoint.error();
    Result<Library::TokenizerPtr> tokenizer = co_await tools.library.tokenizer();
    if (!tokenizer) co_return tokenizer.error();
    auto job = [checkpoint = *checkpoint, tokenizer = *tokenizer, request = *record.request,
                ends = record.statement.outcome.ends](const trainer::Kernels& kernels,
                                                      const Cancelled& stop) -> Result<Hash> {
        return replayed_outcome(kernels, *checkpoint, *tokenizer, request, ends,
                                [&stop] { return !stop.load(); });
    };
    co_return co_await tools.workshop.run(urgency_of(record.deadline, Rank::replay), cancelled,
                                          std::move(job));
}

/// What this juror found. In the last third of its time it no longer waits for the checkpoint: it could not be had.
asio::awaitable<Result<Hash>> verdict(const WorkTools& tools, const ledger::ReceiptCaseView& turn,
                                      std::shared_ptr<Cancelled> cancelled) {
    const protocol::Round round = turn.record.statement.round;
    if (auto found = tools.notebook.find<Hash>(round, note_of(turn))) co_return *found;
    const std::uint64_t now = ledger::head(tools.state).height.value;
    const std::uint64_t patience = ledger::parameters(tools.state).dispute_blocks / 3;
    const bool is_late = now + patience >= turn.record.deadline.value;
    Result<Hash> found = co_await replayed(tools, turn.record, cancelled);
    if (!found && found.error().code == ErrorCode::unavailable && is_late && !cancelled->load())
        found = Hash{};
    if (found) tools.notebook.write(round, note_of(turn), *found);
    co_return found;
}

}  // namespace

asio::awaitable<Result<Answer>> perform(const WorkTools& tools, JudgeReceiptDuty duty,
                                        std::shared_ptr<Cancelled> cancelled) {
    const ledger::ReceiptCaseView& turn = duty.turn;
    const Hash salt = tools.secrets.of_verdict(turn.receipt, turn.record.redraws);
    const Result<Hash> found = co_await verdict(tools, turn, cancelled);
    if (!found) co_return found.error();
    if (turn.record.stage == ledger::CaseStage::opening)
        co_return Answer{ledger::JudgeReceipt{turn.receipt, ledger::VerdictOpening{*found, salt}}, {}, 0};
    const Hash commitment = ledger::receipt_verdict_commitment(tools.account, turn.receipt, *found, salt);
    const bool is_true = *found == turn.record.statement.outcome.hash();
    co_return Answer{ledger::JudgeReceipt{turn.receipt, ledger::Commit{commitment}},
                     found->is_zero() ? "the checkpoint could not be had"
                     : is_true        ? "the receipt is true"
                                      : "the receipt is false",
                     0};
}

}  // namespace dure::node
