#include "node/chain/agreement.h"

#include <spdlog/spdlog.h>

#include <boost/asio/post.hpp>
#include <chrono>

namespace dure::node {

namespace {

consensus::Time steady_now() {
    return consensus::Time(
        std::chrono::duration_cast<consensus::Duration>(std::chrono::steady_clock::now().time_since_epoch()));
}

template <class... Fs>
struct Cases : Fs... {
    using Fs::operator()...;
};
template <class... Fs>
Cases(Fs...) -> Cases<Fs...>;

}  // namespace

Agreement::Agreement(boost::asio::io_context& io, consensus::Simplex simplex, std::optional<Journal> journal,
                     std::uint64_t compaction_bytes, AgreementDuties duties)
    : io_(io),
      simplex_(std::move(simplex)),
      journal_(std::move(journal)),
      compaction_bytes_(compaction_bytes),
      duties_(std::move(duties)),
      timer_(io) {}

void Agreement::post(consensus::Event event) {
    if (stopped_) return;
    waiting_.push_back(std::move(event));
    if (scheduled_) return;
    scheduled_ = true;
    boost::asio::post(io_, [self = shared_from_this()] { self->run(); });
}

void Agreement::stop() {
    stopped_ = true;
    waiting_.clear();
    timer_.cancel();
    journal_.reset();
}

void Agreement::run() {
    scheduled_ = false;
    while (!stopped_ && !waiting_.empty()) {
        consensus::Effects effects;
        while (!waiting_.empty()) {
            consensus::Effects more = simplex_.step(std::move(waiting_.front()), steady_now());
            waiting_.pop_front();
            std::move(more.begin(), more.end(), std::back_inserter(effects));
        }
        const auto kept = keep_records(journal_, effects, duties_.renew_journal);
        if (!kept) return duties_.halt(kept.error());
        if (*kept) waiting_.push_back(consensus::Persisted{**kept});
        for (consensus::Effect& effect : effects) {
            if (stopped_) return;
            carry_out(std::move(effect));
        }
        if (stopped_) return;
        if (const Status compacted = compact(journal_, simplex_, compaction_bytes_); !compacted)
            duties_.halt(compacted.error());
    }
}

void Agreement::carry_out(consensus::Effect&& effect) {
    std::visit(Cases{
                   [](consensus::Persist&) {},
                   [](consensus::RenewJournal&) {},
                   [&](consensus::Broadcast& order) { duties_.broadcast(std::move(order.message)); },
                   [&](consensus::Send& order) { duties_.send(order.peer, std::move(order.message)); },
                   [&](consensus::BuildBlock& order) { duties_.build(order); },
                   [&](consensus::ValidateBlock& order) { duties_.validate(order); },
                   [&](consensus::Commit& order) { duties_.commit(order); },
                   [&](consensus::FetchBlock& order) { duties_.fetch(order); },
                   [&](consensus::SyncNeeded& order) { duties_.sync(order); },
                   [&](consensus::ReportEvidence& order) { duties_.evidence(order); },
                   [&](consensus::PeerFault& order) { duties_.fault(order); },
                   [&](consensus::Halt& order) { duties_.halt(order.reason); },
                   [&](consensus::WakeAt& order) { wake_at(order.time); },
               },
               effect);
}

void Agreement::wake_at(consensus::Time time) {
    timer_.expires_at(std::chrono::steady_clock::time_point(time.time_since_epoch()));
    timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
        if (!error) self->post(consensus::Tick{});
    });
}

}  // namespace dure::node
