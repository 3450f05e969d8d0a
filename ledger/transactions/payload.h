// Every kind of transaction there is. The tag is the alternative's number: append only
// (docs/protocol/transactions.md).
#pragma once

#include <variant>

#include "base/protocol/transaction.h"
#include "ledger/transactions/attest_blob.h"
#include "ledger/transactions/attest_checkpoint.h"
#include "ledger/transactions/attest_data.h"
#include "ledger/transactions/audit_update.h"
#include "ledger/transactions/bond.h"
#include "ledger/transactions/bond_server.h"
#include "ledger/transactions/check_update.h"
#include "ledger/transactions/claim_rewards.h"
#include "ledger/transactions/close_channel.h"
#include "ledger/transactions/dispute_update.h"
#include "ledger/transactions/join_round.h"
#include "ledger/transactions/judge_receipt.h"
#include "ledger/transactions/offer_data.h"
#include "ledger/transactions/open_channel.h"
#include "ledger/transactions/open_segments.h"
#include "ledger/transactions/pay_call.h"
#include "ledger/transactions/post_deposit.h"
#include "ledger/transactions/propose_change.h"
#include "ledger/transactions/register_peer.h"
#include "ledger/transactions/report_evidence.h"
#include "ledger/transactions/report_receipt.h"
#include "ledger/transactions/reveal_update.h"
#include "ledger/transactions/serve_segments.h"
#include "ledger/transactions/settle_channel.h"
#include "ledger/transactions/show_data.h"
#include "ledger/transactions/stand_for_validator.h"
#include "ledger/transactions/submit_update.h"
#include "ledger/transactions/top_up_channel.h"
#include "ledger/transactions/transfer.h"
#include "ledger/transactions/transfer_shares.h"
#include "ledger/transactions/unbond.h"
#include "ledger/transactions/unbond_server.h"
#include "ledger/transactions/vote_change.h"
#include "ledger/transactions/withdraw_candidacy.h"
#include "ledger/transactions/withdraw_channel.h"
#include "ledger/transactions/withdraw_data.h"
#include "ledger/transactions/withdraw_deposit.h"
#include "ledger/transactions/withdraw_server_bond.h"

namespace dure::ledger {

using Payload =
    std::variant<Transfer, TransferShares, Bond, Unbond, RegisterPeer, OfferData, AttestData, JoinRound,
                 SubmitUpdate, AuditUpdate, AttestCheckpoint, OpenChannel, TopUpChannel, SettleChannel,
                 CloseChannel, WithdrawChannel, ClaimRewards, PostDeposit, WithdrawDeposit, ReportEvidence,
                 RevealUpdate, ServeSegments, AttestBlob, OpenSegments, CheckUpdate, DisputeUpdate, ShowData,
                 WithdrawData, BondServer, UnbondServer, WithdrawServerBond, ReportReceipt, JudgeReceipt,
                 PayCall, StandForValidator, WithdrawCandidacy, ProposeChange, VoteChange>;

inline const char* name_of(const Payload& payload) {
    return std::visit([](const auto& one) { return one.k_name; }, payload);
}

/// The payload of a transaction. Errors: `malformed`.
inline Result<Payload> payload_of(const protocol::TransactionBody& body) {
    return decode<Payload>(body.payload);
}

/// A body that carries this payload; the caller fills in fee payer, and signs.
inline protocol::TransactionBody make_body(const Hash& chain_id, const Account& sender, std::uint64_t nonce,
                                           Coin fee, protocol::Height expires, const Payload& payload) {
    protocol::TransactionBody body;
    body.chain_id = chain_id;
    body.sender = sender;
    body.nonce = nonce;
    body.fee = fee;
    body.expires = expires;
    body.payload = encode(payload);
    return body;
}

}  // namespace dure::ledger
