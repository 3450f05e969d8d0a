#include "ledger/serving/receipt_cases.h"

#include <string>
#include <utility>
#include <vector>

#include "ledger/draws/jury.h"
#include "ledger/draws/reveals.h"
#include "ledger/ownership/balances.h"
#include "ledger/ownership/owner_pool.h"
#include "ledger/serving/server_bonds.h"

namespace dure::ledger {

namespace {

using protocol::Height;

Hash committee_stream(const Hash& beacon, const Hash& receipt, std::uint32_t redraws) {
    static const TaggedHash hash("dure/receipt/committee");
    return hash({beacon.bytes, receipt.bytes, encode(redraws)});
}

/// One case, as a block works on it.
struct Docket {
    Overlay& state;
    const Parameters& parameters;
    Height height;
    Events& events;
    Hash receipt;
    ReceiptCaseRecord record;

    void put() { ReceiptCases::put(state, receipt, record); }

    void schedule(Height deadline) {
        if (record.deadline.value != 0) ReceiptsDue::erase(state, {record.deadline, receipt});
        record.deadline = deadline;
        if (deadline.value != 0) ReceiptsDue::put(state, {deadline, receipt}, {});
        put();
    }

    void enter(CaseStage stage, Height deadline) {
        record.stage = stage;
        record.since = height;
        schedule(deadline);
        events.push_back(ReceiptCaseMoved{.receipt = receipt, .stage = stage, .deadline = deadline});
    }

    void release_deposit(bool to_owners) {
        TreasuryRecord treasury = Treasury::get(state);
        treasury.receipt_deposits -= record.deposit;
        Treasury::put(state, treasury);
        if (to_owners) {
            PoolRecord pool = Pool::get(state);
            accrue(pool, record.deposit);
            Pool::put(state, pool);
        } else {
            credit(state, record.depositor, record.deposit);
        }
    }

    void close(CaseOutcome outcome) {
        count_case(state, record.statement.server, false);
        release_deposit(outcome == CaseOutcome::receipt_true);
        if (outcome == CaseOutcome::receipt_false)
            record.penalty = slash_server(state, parameters, record.statement, record.reporter);
        record.stage = CaseStage::closed;
        record.outcome = outcome;
        record.closed = height;
        record.request.reset();
        schedule({});
        if (outcome == CaseOutcome::none) ReceiptCases::erase(state, receipt);
        events.push_back(ReceiptJudged{.receipt = receipt,
                                       .server = record.statement.server,
                                       .payer = record.statement.payer,
                                       .outcome = outcome,
                                       .penalty = record.penalty});
    }

    void redraw() {
        if (record.redraws == parameters.dispute_redraws) {
            close(CaseOutcome::none);
            return;
        }
        ++record.redraws;
        enter(CaseStage::drawing, height.next());
    }

    void draw_when_mature() {
        if (!beacon_matured(state, record.since)) {
            schedule(height.next());
            return;
        }
        const Account parties[] = {record.statement.server, record.statement.payer, record.reporter};
        record.committee =
            draw_jury(state, committee_stream(Beacon::get(state).value, receipt, record.redraws), parties,
                      parameters.dispute_committee);
        if (record.committee.empty()) {
            close(CaseOutcome::none);
        } else {
            enter(CaseStage::deciding, height + parameters.dispute_blocks);
        }
    }

    /// Zeros are nobody's guilt: what the replay needs could not be had.
    void tally(bool is_over) {
        if (const auto found = agreed_finding(record.committee); found && !found->is_zero()) {
            credit_jury(state, record.committee, *found);
            close(*found == record.statement.outcome.hash() ? CaseOutcome::receipt_true
                                                            : CaseOutcome::receipt_false);
            return;
        }
        if (is_over || everybody_opened(record.committee)) {
            redraw();
        } else {
            put();
        }
    }

    void advance() {
        switch (record.stage) {
            case CaseStage::drawing:
                draw_when_mature();
                return;
            case CaseStage::deciding:
                if (anybody_committed(record.committee)) {
                    enter(CaseStage::opening, height + parameters.dispute_blocks);
                } else {
                    redraw();
                }
                return;
            case CaseStage::opening:
                tally(true);
                return;
            case CaseStage::closed:
                DURE_ASSERT(false && "a closed case is due");
        }
    }
};

/// A juror's turn in a case.
struct Turn {
    Docket docket;
    Juror* juror = nullptr;
};

Status find_turn(Turn& turn, const Account& account, CaseStage stage) {
    const std::string name = "receipt " + turn.docket.receipt.hex();
    auto record = ReceiptCases::find(turn.docket.state, turn.docket.receipt);
    if (!record) return Error{ErrorCode::not_found, "nobody reported " + name};
    turn.docket.record = std::move(*record);
    if (turn.docket.record.stage != stage) {
        return Error{ErrorCode::conflict, "the case about " + name + " is " +
                                              name_of(turn.docket.record.stage) + ", not " + name_of(stage)};
    }
    turn.juror = find_juror(turn.docket.record.committee, account);
    if (turn.juror == nullptr)
        return Error{ErrorCode::unauthorized, account.address() + " is not on the committee about " + name};
    return {};
}

}  // namespace

std::optional<CheckpointRecord> known_checkpoint(const StateReader& state, protocol::Round round,
                                                 const Hash& root) {
    const CheckpointRecord newest = Head::get(state).checkpoint;
    std::optional<CheckpointRecord> found;
    if (newest.round == round) {
        found = newest;
    } else if (round.value == 0) {
        found = Rounds::get(state, {1}).base;  // of a later checkpoint's chain
    } else if (const auto record = Rounds::find(state, round)) {
        found = record->result;
    }
    return found && found->root == root ? found : std::nullopt;
}

Status open_case(Overlay& state, const Parameters& parameters, ReceiptCaseRecord record, Height height,
                 Events& events) {
    const Hash receipt = record.statement.id();
    if (const auto known = ReceiptCases::find(state, receipt)) {
        return Error{ErrorCode::duplicate,
                     "receipt " + receipt.hex() +
                         (known->is_open() ? " is being judged already" : " was judged before")};
    }
    std::size_t open = 0;
    ReceiptsDue::scan(state, [&](const ReceiptDueKey&, const Nothing&) { return ++open < k_max_open_cases; });
    if (open == k_max_open_cases) {
        return Error{ErrorCode::unavailable, std::to_string(k_max_open_cases) +
                                                 " receipts are being judged; try again in some blocks"};
    }
    record.opened = height;
    TreasuryRecord treasury = Treasury::get(state);
    treasury.receipt_deposits += record.deposit;
    Treasury::put(state, treasury);
    count_case(state, record.statement.server, true);
    events.push_back(
        ReceiptReported{.receipt = receipt, .server = record.statement.server, .reporter = record.reporter});
    const auto checkpoint = known_checkpoint(state, record.statement.round, record.statement.checkpoint);
    const InferenceReceipt shown{record.statement, {}};
    const bool is_false = !checkpoint || shown.contradicts_itself(*record.request);
    if (checkpoint) record.checkpoint = *checkpoint;
    Docket docket{.state = state,
                  .parameters = parameters,
                  .height = height,
                  .events = events,
                  .receipt = receipt,
                  .record = std::move(record)};
    if (is_false) {
        docket.close(CaseOutcome::receipt_false);
    } else {
        docket.enter(CaseStage::drawing, height.next());
    }
    return {};
}

Status commit_verdict(Overlay& state, const Parameters& parameters, const Hash& receipt, const Account& juror,
                      const Hash& commitment, Height height, Events& events) {
    Turn turn{{state, parameters, height, events, receipt, {}}, nullptr};
    DURE_CHECK(find_turn(turn, juror, CaseStage::deciding));
    if (turn.juror->commitment)
        return Error{ErrorCode::duplicate, juror.address() + " has committed already"};
    turn.juror->commitment = commitment;
    if (everybody_committed(turn.docket.record.committee)) {
        turn.docket.enter(CaseStage::opening, height + parameters.dispute_blocks);
    } else {
        turn.docket.put();
    }
    return {};
}

Status open_verdict(Overlay& state, const Parameters& parameters, const Hash& receipt, const Account& juror,
                    const Hash& found, const Hash& salt, Height height, Events& events) {
    Turn turn{{state, parameters, height, events, receipt, {}}, nullptr};
    DURE_CHECK(find_turn(turn, juror, CaseStage::opening));
    if (turn.juror->found) return Error{ErrorCode::duplicate, juror.address() + " has opened already"};
    if (receipt_verdict_commitment(juror, receipt, found, salt) != turn.juror->commitment)
        return Error{ErrorCode::invalid, "this verdict is not what " + juror.address() + " committed to"};
    turn.juror->found = found;
    turn.docket.tally(false);
    return {};
}

void advance_cases(Overlay& state, const Parameters& parameters, Height height, Events& events) {
    std::vector<Hash> due;
    ReceiptsDue::scan(state, [&](const ReceiptDueKey& key, const Nothing&) {
        if (key.height > height) return false;
        due.push_back(key.receipt);
        return true;
    });
    for (const Hash& receipt : due) {
        Docket docket{state, parameters, height, events, receipt, ReceiptCases::get(state, receipt)};
        docket.advance();
    }
}

}  // namespace dure::ledger
