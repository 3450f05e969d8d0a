// The contributor's part of a node: joins rounds, trains its units, replays those it is drawn for, scores
// offered data, merges and attests, and keeps up with decided checkpoints.
//
// What to do is duties_of's matter; this actor does it: each duty once at a time, cancelled when the state no
// longer asks for it, tried again with growing pauses while it does.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "node/blobs/blob_access.h"
#include "node/chain/chain.h"
#include "node/roles/duties.h"
#include "node/roles/library.h"
#include "node/roles/notebook.h"
#include "node/roles/roles.h"
#include "node/roles/submitter.h"
#include "node/roles/unit_secrets.h"
#include "node/roles/workshop.h"

namespace dure::node {

struct ContributorCounters {
    std::uint64_t units_trained = 0;
    std::uint64_t units_audited = 0;
    std::uint64_t shards_scored = 0;
    std::uint64_t checkpoints_merged = 0;
    std::uint64_t tokens_trained = 0;
    std::uint64_t train_milliseconds = 0;
    std::uint64_t failures = 0;
};

class Contributor {
  public:
    /// Whatever is handed in outlives this.
    Contributor(boost::asio::io_context& io, Chain& chain, BlobAccess& blobs, Library& library,
                Workshop& workshop, Submitter& submitter, Notebook notebook, DutyOptions options,
                RoleHooks hooks, UnitSecrets secrets);
    ~Contributor();
    Contributor(const Contributor&) = delete;
    Contributor& operator=(const Contributor&) = delete;

    void start();
    void stop();

    /// What is being done now, in words, e.g. "train unit 2 of round 7"; nothing if it rests.
    std::optional<std::string> working_on() const;
    ContributorCounters counters() const;

  private:
    class Core;
    std::shared_ptr<Core> core_;
};

}  // namespace dure::node
