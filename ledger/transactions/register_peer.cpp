#include "ledger/transactions/register_peer.h"

#include "ledger/ownership/balances.h"
#include "ledger/serving/server_bonds.h"
#include "ledger/transactions/text.h"

namespace dure::ledger {

Status check(const RegisterPeer& payload) {
    if ((payload.roles & ~k_all_roles) != 0) {
        return Error{ErrorCode::out_of_range,
                     "roles " + std::to_string(payload.roles) +
                         " contain one that does not exist; 1 is trainer, 2 is server"};
    }
    if (payload.price_per_input_token.value > k_max_supply ||
        payload.price_per_output_token.value > k_max_supply) {
        return Error{ErrorCode::out_of_range, "a token's price is more than all coins"};
    }
    DURE_CHECK(require_plain_text("endpoint", payload.endpoint));
    return check_service_url(payload.service);
}

Status apply(const RegisterPeer& payload, TransactionContext& context) {
    const Coin bonded = server_bond(context.state, context.sender).bonded;
    if ((payload.roles & k_role_server) != 0 && bonded < context.parameters.server_bond) {
        return Error{ErrorCode::insufficient,
                     context.sender.address() + " has bonded " + to_text(bonded) + " DURE as a server; " +
                         to_text(context.parameters.server_bond) + " are needed, bond them first"};
    }
    AccountRecord account = load_account(context.state, context.sender);
    account.beneficiary = payload.beneficiary;
    Accounts::put(context.state, context.sender, account);
    if (payload.roles == 0) {
        Peers::erase(context.state, context.sender);
    } else {
        Peers::put(context.state, context.sender,
                   {.roles = payload.roles,
                    .endpoint = payload.endpoint,
                    .service = payload.service,
                    .price_per_input_token = payload.price_per_input_token,
                    .price_per_output_token = payload.price_per_output_token,
                    .tls_fingerprint = payload.tls_fingerprint,
                    .registered = context.height});
    }
    context.events.push_back(PeerRegistered{.account = context.sender, .roles = payload.roles});
    return {};
}

}  // namespace dure::ledger
