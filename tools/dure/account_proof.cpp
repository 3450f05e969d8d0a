#include "tools/dure/account_proof.h"

#include "base/codec.h"
#include "base/protocol/block.h"
#include "base/protocol/vote.h"
#include "ledger/state/proof.h"
#include "ledger/views.h"
#include "tools/dure/api.h"

namespace dure::tools {

namespace {

template <class T>
Result<T> decoded_at(const boost::json::value& answer, const std::string& path) {
    auto bytes = from_hex(text_at(answer, path));
    if (!bytes) return with_context(bytes.error(), "the node's " + path);
    auto value = decode<T>(*bytes);
    if (!value) return with_context(value.error(), "the node's " + path);
    return value;
}

}  // namespace

Result<ProvenAccount> check_account_proof(const Account& account, const boost::json::value& answer,
                                          const protocol::LightClient* light) {
    if (find_at(answer, "proof") == nullptr) return Error{ErrorCode::malformed, "the node gave no proof"};
    DURE_TRY(const protocol::Header header, decoded_at<protocol::Header>(answer, "proof.header"));
    DURE_TRY(const ledger::StateProof proof, decoded_at<ledger::StateProof>(answer, "proof.proof"));
    std::optional<Bytes> value;
    if (const std::string text = text_at(answer, "proof.value"); !text.empty()) {
        DURE_TRY(value, from_hex(text));
    }
    if (!verify_state_proof(header.state_root, ledger::account_key(account), value, proof)) {
        return Error{ErrorCode::invalid, "the node's proof does not hold for " + account.address() +
                                             " under state root " + header.state_root.hex() +
                                             "; do not believe this node"};
    }
    ProvenAccount proven;
    proven.height = header.height.value;
    proven.state_root = header.state_root;
    if (value) {
        DURE_TRY(proven.record, decode<ledger::AccountRecord>(*value));
    }
    if (light != nullptr) {
        DURE_TRY(const protocol::Certificate finalization,
                 decoded_at<protocol::Certificate>(answer, "proof.finalization"));
        DURE_CHECK(light->check_final(header, finalization));
        proven.finality_checked = true;
    }
    return proven;
}

}  // namespace dure::tools
