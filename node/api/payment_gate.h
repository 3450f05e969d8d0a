// Between HTTP and the answer server: asks for payment, and reads what a client shows for it.
#pragma once

#include <optional>
#include <string_view>
#include <variant>

#include "node/api/http.h"
#include "node/api/payment.h"
#include "node/api/routes.h"

namespace dure::node {

class PaymentGate {
  public:
    /// `parts` has an answer server and a challenge mint.
    explicit PaymentGate(ApiPartsPtr parts) : parts_(std::move(parts)) {}

    /// What the request shows: a credential whose challenge is this server's, fresh and for this body; nothing of this
    /// scheme; or why it is no good.
    using Shown = std::variant<std::monostate, PaymentCredential, Problem>;
    Shown read(const HttpRequest& request) const;
    /// The same for a request whose body the credential's challenge need not be for.
    Shown read_for_any_body(const HttpRequest& request) const;

    /// 402 with fresh challenges for this body; `price` is what the call costs, none where no call is priced.
    HttpResponse ask(std::string_view body, const std::optional<CallPrice>& price,
                     const Problem& problem) const;
    /// A challenge for vouchers alone, of no body.
    PaymentChallenge voucher_challenge() const;
    /// What an error says that a payment met: 503 where it may pass, 409 where calls are in the way, else 402.
    HttpResponse refuse(std::string_view body, const std::optional<CallPrice>& price,
                        const Error& error) const;

  private:
    bool is_final(const PaymentPayload& payload) const;
    PaymentChallenge session(const CallPrice& price, std::string digest) const;
    PaymentChallenge charge(const CallPrice& price, std::string digest) const;

    ApiPartsPtr parts_;
};

}  // namespace dure::node
