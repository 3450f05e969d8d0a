#include "node/roles/contributor.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <chrono>
#include <map>
#include <set>

#include "ledger/execution.h"
#include "ledger/views.h"
#include "node/roles/tasks.h"

namespace dure::node {

namespace asio = boost::asio;

namespace {

/// Duties of one kind under way at a time: more only crowd memory, the worker does one after the other.
constexpr std::size_t k_max_active_per_kind = 4;
constexpr std::uint64_t k_max_pause_blocks = 16;
/// Disputes may outlast rounds.
constexpr std::uint64_t k_kept_note_rounds = 64;

}  // namespace

class Contributor::Core : public std::enable_shared_from_this<Core> {
  public:
    Core(asio::io_context& io, Chain& chain, BlobAccess& blobs, Library& library, Workshop& workshop,
         Submitter& submitter, Notebook notebook, DutyOptions options, RoleHooks hooks, UnitSecrets secrets)
        : io_(io),
          chain_(chain),
          blobs_(blobs),
          library_(library),
          workshop_(workshop),
          submitter_(submitter),
          notebook_(std::move(notebook)),
          options_(options),
          hooks_(std::move(hooks)),
          secrets_(secrets) {}

    void start() {
        handle_ =
            chain_.on_final([this](const protocol::Block&, const ledger::BlockOutcome&) { consider(); });
        consider();
    }

    void stop() {
        if (stopped_) return;
        stopped_ = true;
        chain_.off(handle_);
        for (auto& [key, active] : active_)
            active.cancelled->store(true);
    }

    std::optional<std::string> working_on() const { return working_on_; }
    ContributorCounters counters() const { return counters_; }

  private:
    struct Active {
        std::shared_ptr<Cancelled> cancelled;
    };
    struct Failed {
        protocol::Height again;
        std::uint64_t pause = 1;
    };

    void consider() {
        // While catching up the state is an old one: what it asks for has long been done.
        if (stopped_ || chain_.syncing()) return;
        const protocol::Height height = chain_.head().height;
        const std::vector<Duty> duties = duties_of(chain_.state(), submitter_.account(), options_);
        std::set<DutyKey> wanted;
        std::map<std::size_t, std::size_t> busy;
        for (const Duty& duty : duties)
            wanted.insert(key_of(duty));
        for (auto& [key, active] : active_) {
            if (!wanted.contains(key)) active.cancelled->store(true);
            ++busy[key.kind];
        }
        std::erase_if(failed_, [&](const auto& entry) { return !wanted.contains(entry.first); });
        for (const Duty& duty : duties) {
            const DutyKey key = key_of(duty);
            if (active_.contains(key) || busy[key.kind] >= k_max_active_per_kind) continue;
            if (const auto failed = failed_.find(key);
                failed != failed_.end() && failed->second.again > height)
                continue;
            ++busy[key.kind];
            const auto cancelled = std::make_shared<Cancelled>(false);
            active_.emplace(key, Active{cancelled});
            asio::co_spawn(
                io_, [self = shared_from_this(), duty, cancelled] { return self->perform(duty, cancelled); },
                asio::detached);
        }
        follow_checkpoint();
        const std::uint64_t live = ledger::head(chain_.state()).live.value;
        notebook_.forget_before(protocol::Round{live - std::min(live, k_kept_note_rounds)});
    }

    asio::awaitable<void> perform(Duty duty, std::shared_ptr<Cancelled> cancelled) {
        const auto self = shared_from_this();
        const DutyKey key = key_of(duty);
        const std::string name = describe(duty);
        Status done;
        try {
            done = co_await attempt(duty, name, cancelled);
        } catch (const std::exception& failure) {
            done = Error{ErrorCode::internal, failure.what()};
        }
        active_.erase(key);
        if (working_on_ == name) working_on_.reset();
        if (stopped_) co_return;
        if (done) {
            failed_.erase(key);
        } else if (!cancelled->load()) {
            ++counters_.failures;
            Failed& failed = failed_[key];
            failed.again = chain_.head().height + failed.pause;
            spdlog::warn("could not {}: {}; trying again in {} blocks", name, done.error().message,
                         failed.pause);
            failed.pause = std::min(2 * failed.pause, k_max_pause_blocks);
        }
        consider();
    }

    asio::awaitable<Status> attempt(Duty duty, std::string name, std::shared_ptr<Cancelled> cancelled) {
        // Starting the work and answering with its result are two things: a result that could not be
        // submitted is not computed again.
        const DutyKey key = key_of(duty);
        auto kept = answers_.find(key);
        if (kept == answers_.end()) {
            if (!std::holds_alternative<JoinDuty>(duty)) working_on_ = name;
            const auto began = std::chrono::steady_clock::now();
            WorkTools tools{chain_.state(),       blobs_,   library_, workshop_, hooks_, secrets_,
                            submitter_.account(), notebook_};
            Result<Answer> answer = co_await work(std::move(tools), duty, cancelled);
            if (!answer) co_return answer.error();
            const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
                std::chrono::steady_clock::now() - began);
            count(duty, *answer, took);
            if (answer->summary.empty()) {
                spdlog::debug("{}", name);
            } else {
                spdlog::info("{}: {} ({} ms)", name, answer->summary, took.count());
            }
            if (answers_.size() >= k_max_answers) answers_.erase(answers_.begin());
            kept = answers_.insert_or_assign(key, std::move(*answer)).first;
        }
        if (cancelled->load()) co_return Error{ErrorCode::expired, "it came too late"};
        const ledger::Payload payload = kept->second.payload;
        const protocol::Height deadline = deadline_of(duty);
        const std::optional<protocol::Height> useful_until =
            deadline.value == 0 ? std::nullopt : std::optional(deadline);
        const Result<Inclusion> inclusion = co_await submitter_.submit(payload, useful_until);
        if (!inclusion) co_return inclusion.error();
        answers_.erase(key);
        if (!inclusion->outcome) co_return inclusion->outcome.error();
        co_return Status{};
    }

    void count(const Duty& duty, const Answer& answer, std::chrono::milliseconds took) {
        if (std::holds_alternative<TrainDuty>(duty)) {
            ++counters_.units_trained;
            counters_.tokens_trained += answer.tokens;
            counters_.train_milliseconds += static_cast<std::uint64_t>(took.count());
        }
        if (std::holds_alternative<AuditDuty>(duty)) ++counters_.units_audited;
        if (std::holds_alternative<ScoreDuty>(duty)) ++counters_.shards_scored;
        if (std::holds_alternative<AttestDuty>(duty)) ++counters_.checkpoints_merged;
    }

    /// Gets the newest decided checkpoint, so that the next round can begin at once.
    void follow_checkpoint() {
        const ledger::CheckpointRecord newest = ledger::head(chain_.state()).checkpoint;
        if (following_ || blobs_.have(newest.blob)) return;
        following_ = true;
        asio::co_spawn(
            io_, [self = shared_from_this(), newest] { return self->fetch_checkpoint(newest); },
            asio::detached);
    }

    asio::awaitable<void> fetch_checkpoint(ledger::CheckpointRecord record) {
        const auto self = shared_from_this();
        const Result<Bytes> bytes = co_await blobs_.fetch(record.blob);
        following_ = false;
        if (stopped_) co_return;
        if (bytes) {
            spdlog::info("fetched the checkpoint of round {} from peers", record.round.value);
        } else {
            spdlog::warn("could not fetch the checkpoint of round {}: {}", record.round.value,
                         bytes.error().message);
        }
    }

    static constexpr std::size_t k_max_answers = 256;

    asio::io_context& io_;
    Chain& chain_;
    BlobAccess& blobs_;
    Library& library_;
    Workshop& workshop_;
    Submitter& submitter_;
    Notebook notebook_;
    const DutyOptions options_;
    const RoleHooks hooks_;
    const UnitSecrets secrets_;
    std::uint64_t handle_ = 0;
    bool stopped_ = false;
    bool following_ = false;
    std::map<DutyKey, Active> active_;
    std::map<DutyKey, Failed> failed_;
    std::map<DutyKey, Answer> answers_;  ///< computed, and not yet in the chain
    std::optional<std::string> working_on_;
    ContributorCounters counters_;
};

Contributor::Contributor(asio::io_context& io, Chain& chain, BlobAccess& blobs, Library& library,
                         Workshop& workshop, Submitter& submitter, Notebook notebook, DutyOptions options,
                         RoleHooks hooks, UnitSecrets secrets)
    : core_(std::make_shared<Core>(io, chain, blobs, library, workshop, submitter, std::move(notebook),
                                   options, std::move(hooks), secrets)) {}

Contributor::~Contributor() {
    core_->stop();
}

void Contributor::start() {
    core_->start();
}
void Contributor::stop() {
    core_->stop();
}
std::optional<std::string> Contributor::working_on() const {
    return core_->working_on();
}
ContributorCounters Contributor::counters() const {
    return core_->counters();
}

}  // namespace dure::node
