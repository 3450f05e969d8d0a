// Replays a sampled part of the answers that were paid, beside the calls and never in their way: one at a time on a thread of
// its own, at low priority.
//
// Promises: a server whose answer was replayed and came out differently is not asked again, in any run; what is needed to
// report it lies on disk, and with `report` is on its way to the chain. What cannot be judged (the node or the checkpoint
// cannot be had) accuses nobody. Not here: how an answer is replayed (spot_replay.h).
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "ledger/records/inference_receipt.h"
#include "tools/dure/paying/payer.h"

namespace dure::tools {

/// An answer as its payer knows it: what was asked and what was signed.
struct SpotSample {
    ServerOffer server;
    std::string path;
    std::string body;     ///< the request, as it was sent
    std::string receipt;  ///< base64url of the signed receipt
};

struct SpotVerdict {
    bool is_true = false;
    std::string sentence;
    std::optional<ledger::InferenceReceipt> receipt;
    std::optional<ledger::InferenceRequest>
        request;  ///< with it the receipt can be reported; none: it cannot
};

/// Runs on the checks' thread and may take its time; ends soon once `go_on` says no. Errors: it could not be judged.
using SpotReplay = std::function<Result<SpotVerdict>(const SpotSample&, const std::function<bool()>& go_on)>;

struct SpotCheckOptions {
    double rate = 0;      ///< of all paid answers; 0: none
    bool report = false;  ///< false receipts are told to the chain at once, which reveals their prompts
    std::filesystem::path folder;  ///< where false receipts are kept
    std::size_t waiting_max = 8;   ///< more are not replayed
};

class SpotChecks {
  public:
    /// `payer` outlives this. `draw` gives numbers from 0 up to 1.
    SpotChecks(boost::asio::io_context& io, Payer& payer, SpotCheckOptions options, SpotReplay replay,
               std::function<double()> draw);
    /// Waits until the replay under way has ended.
    ~SpotChecks();
    SpotChecks(const SpotChecks&) = delete;
    SpotChecks& operator=(const SpotChecks&) = delete;

    /// A call has ended; it may be drawn.
    void consider(const CallReport& report);
    /// Drawn, and neither judged nor given up yet.
    std::size_t waiting() const;
    /// For /dure/spending.
    boost::json::object json() const;

  private:
    class Core;
    std::shared_ptr<Core> core_;
};

}  // namespace dure::tools
