// Runs consensus's state machine against the world: time, the journal, and what the rest of the chain does
// for it. One turn takes all events that wait, makes their records durable with one fdatasync, then carries
// out the effects in order.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "consensus/simplex.h"
#include "node/chain/journaling.h"

namespace dure::node {

/// What consensus asks of the node. They may call Agreement::post.
struct AgreementDuties {
    std::function<void(consensus::Message)> broadcast;
    std::function<void(const Account&, consensus::Message)> send;
    std::function<void(const consensus::BuildBlock&)> build;
    std::function<void(const consensus::ValidateBlock&)> validate;
    std::function<void(const consensus::Commit&)> commit;
    std::function<void(const consensus::FetchBlock&)> fetch;
    std::function<void(const consensus::SyncNeeded&)> sync;
    std::function<void(const consensus::ReportEvidence&)> evidence;
    std::function<void(const consensus::PeerFault&)> fault;
    RenewJournal renew_journal;
    std::function<void(const Error&)> halt;  ///< the journal cannot be written, or the chain is broken
};

class Agreement : public std::enable_shared_from_this<Agreement> {
  public:
    /// Without a journal nothing may be signed (Config::may_sign is false), and no records come until an epoch
    /// begins in which it may: then a journal is made.
    /// A journal larger than `compaction_bytes` is replaced by the records that are still needed.
    Agreement(boost::asio::io_context& io, consensus::Simplex simplex, std::optional<Journal> journal,
              std::uint64_t compaction_bytes, AgreementDuties duties);

    /// Hands in an event; it is taken soon, not at once.
    void post(consensus::Event event);
    /// No event is taken any more, no duty called.
    void stop();

    const consensus::Simplex& simplex() const { return simplex_; }

  private:
    void run();
    void carry_out(consensus::Effect&& effect);
    void wake_at(consensus::Time time);

    boost::asio::io_context& io_;
    consensus::Simplex simplex_;
    std::optional<Journal> journal_;
    const std::uint64_t compaction_bytes_;
    AgreementDuties duties_;
    std::deque<consensus::Event> waiting_;
    boost::asio::steady_timer timer_;
    bool scheduled_ = false;
    bool stopped_ = false;
};

}  // namespace dure::node
