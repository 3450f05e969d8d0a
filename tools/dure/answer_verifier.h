// Replays served answers against their receipts, with what a node knows of its chain: genesis, checkpoints, tokenizer. What
// `dure verify` and the proxy's spot checks have in common. Waits for the node on the calling thread.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "node/roles/library.h"
#include "tools/dure/api.h"
#include "tools/dure/inference_check.h"
#include "tools/dure/known_answer.h"
#include "tools/dure/remote_state.h"
#include "trainer/kernels/kernels.h"

namespace dure::tools {

struct ReplayVerdict {
    bool is_true = false;
    std::string sentence;  ///< "same", or "different: " and why
    InferenceCheck check;
};

class AnswerVerifier {
  public:
    /// `api` outlives this. Errors: those of fetch_genesis.
    static Result<std::unique_ptr<AnswerVerifier>> open(Api& api, unsigned threads);

    const ledger::Genesis& genesis() const { return genesis_; }
    Result<node::Library::TokenizerPtr> tokenizer();
    /// `request` is the receipt's. Errors: `invalid` for a receipt of another chain; `unavailable` if the node does not give
    /// what is needed, or once `go_on` says no.
    Result<ReplayVerdict> verify(const KnownAnswer& known, const ledger::InferenceRequest& request,
                                 const std::function<bool()>& go_on = {});

  private:
    AnswerVerifier(Api& api, ledger::Genesis genesis, unsigned threads);

    Api& api_;
    const ledger::Genesis genesis_;
    RemoteBlobs blobs_;
    std::unique_ptr<node::Library> library_;
    trainer::ThreadPool pool_;
    std::unique_ptr<trainer::Kernels> kernels_;
};

}  // namespace dure::tools
