#include "node/roles/answer_desk.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <map>

#include "node/roles/answer_machine.h"
#include "node/roles/answer_turns.h"

namespace dure::node {

namespace asio = boost::asio;

namespace {

/// A model in use, as the io thread sees it.
struct Slot {
    AnswerModel model;
    std::size_t max_running = 0;
    std::shared_ptr<AnswerMachine> machine;
    std::vector<AnswerCommand> commands;  ///< for the next step
    AnswerTurns turns;
    std::size_t requests = 0;  ///< under way, those that wait for their turn too
    std::size_t paused = 0;    ///< of them

    /// Gives turns as long as the engine has room for them.
    void give_turns() {
        while (turns.size() > 0 && requests - turns.size() < max_running + paused)
            commands.emplace_back(turns.take());
    }
    bool has_work() const { return !commands.empty() || requests > paused + turns.size(); }
};

struct StepOfSlot {
    std::shared_ptr<AnswerMachine> machine;
    std::vector<AnswerCommand> commands;
};

}  // namespace

trainer::EngineLimits engine_limits(const trainer::ModelConfig& model, std::uint32_t running,
                                    std::uint32_t waiting, std::uint64_t cache_bytes) {
    trainer::EngineLimits limits;
    limits.max_running = running;
    limits.max_waiting = waiting;
    limits.batch_tokens = std::max(limits.batch_tokens, limits.max_running);
    const std::uint64_t position_bytes =
        std::uint64_t{2} * sizeof(float) * model.layers * model.kv_heads * model.head_dim;
    const std::uint64_t positions = std::min<std::uint64_t>(
        cache_bytes / position_bytes, std::uint64_t{limits.max_running} * model.max_sequence);
    limits.cache_positions =
        static_cast<std::int64_t>(std::max<std::uint64_t>(positions, model.max_sequence));
    return limits;
}

struct AnswerRun::State {
    explicit State(asio::io_context& io) : signal(io, asio::steady_timer::time_point::max()) {}

    struct Choice {
        AnswerTicket ticket = 0;
        std::vector<trainer::Token> tokens_held;  ///< that gave no text yet
        bool ended = false;
        bool paused = false;
    };
    Account payer;
    bool held = false;   ///< by pause()
    bool begun = false;  ///< a piece has come
    asio::steady_timer::time_point turn_until;
    std::shared_ptr<Slot> slot;
    std::vector<Choice> choices;
    std::deque<RunPart> parts;
    std::optional<Error> error;
    asio::steady_timer signal;  ///< cancelled whenever something has come

    bool ended() const {
        return std::all_of(choices.begin(), choices.end(), [](const Choice& c) { return c.ended; });
    }
};

class AnswerDesk::Core : public std::enable_shared_from_this<Core> {
  public:
    using Run = AnswerRun::State;

    Core(asio::io_context& io, Workshop& workshop, AnswerDeskConfig config)
        : io_(io), workshop_(workshop), config_(config) {}

    void use(AnswerModel model) {
        newest_ = std::move(model);
        adopt();
    }
    const AnswerModel* model() const { return current_ ? &current_->model : nullptr; }
    std::size_t under_way() const { return tickets_.size(); }

    Status admits(std::size_t requests) const {
        if (closed_ || !current_)
            return Error{ErrorCode::unavailable, "this server has no checkpoint yet; try again in a moment"};
        const std::size_t most = std::size_t{config_.engine.max_running} + config_.engine.max_waiting;
        if (tickets_.size() + requests > most) {
            return Error{ErrorCode::unavailable,
                         std::to_string(tickets_.size()) +
                             " calls are under way or waiting already; try again in a "
                             "moment. Nothing was charged"};
        }
        return {};
    }

    std::size_t waiting() const {
        return (current_ ? current_->turns.size() : 0) + (draining_ ? draining_->turns.size() : 0);
    }

    Result<std::shared_ptr<Run>> begin(std::vector<trainer::AnswerRequest> requests, const Account& payer) {
        DURE_CHECK(admits(requests.size()));
        const auto run = std::make_shared<Run>(io_);
        run->payer = payer;
        run->turn_until = std::chrono::steady_clock::now() + config_.turn_patience;
        run->slot = current_;
        for (std::size_t choice = 0; choice < requests.size(); ++choice) {
            const AnswerTicket ticket = next_ticket_++;
            run->choices.push_back({.ticket = ticket, .tokens_held = {}});
            tickets_.emplace(ticket, Place{run, choice});
            current_->turns.add(payer, AnswerBegin{ticket, std::move(requests[choice])});
            ++current_->requests;
        }
        drive();
        return run;
    }

    asio::awaitable<Result<std::optional<RunPart>>> next(std::shared_ptr<Run> run) {
        while (true) {
            if (run->error) co_return *run->error;
            if (!run->parts.empty()) {
                RunPart part = std::move(run->parts.front());
                run->parts.pop_front();
                if (run->parts.size() <= config_.max_parts_ahead / 2 && !run->held) go_on(*run);
                co_return part;
            }
            if (run->ended()) co_return std::nullopt;
            run->signal.expires_at(run->begun ? asio::steady_timer::time_point::max() : run->turn_until);
            boost::system::error_code cancelled;
            co_await run->signal.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
            if (!cancelled && !run->begun && run->parts.empty() && !run->error) {
                run->error = Error{ErrorCode::unavailable,
                                   "the call did not come to its turn in time; try again later. Nothing was "
                                   "charged"};
                leave(*run);
            }
        }
    }

    void hold(Run& run) {
        run.held = true;
        for (Run::Choice& choice : run.choices)
            pause(run, choice);
        drive();
    }
    void release(Run& run) {
        run.held = false;
        if (run.parts.size() <= config_.max_parts_ahead / 2) go_on(run);
    }

    /// Nobody wants the rest.
    void leave(Run& run) {
        if (closed_ || run.ended()) return;
        if (!run.error) run.error = Error{ErrorCode::unavailable, "the answer was broken off"};
        run.signal.cancel();
        for (std::size_t i = 0; i < run.choices.size(); ++i) {
            if (run.choices[i].ended) continue;
            if (!run.slot->turns.remove(run.payer, run.choices[i].ticket))
                run.slot->commands.push_back(AnswerCancel{run.choices[i].ticket});
            end(run, i);
        }
        drive();
    }

    void close() {
        closed_ = true;
        const Error stopping{ErrorCode::unavailable, "the node is stopping"};
        for (auto& [ticket, place] : tickets_) {
            place.run->error = stopping;
            place.run->signal.cancel();
        }
        tickets_.clear();
    }

  private:
    struct Place {
        std::shared_ptr<Run> run;
        std::size_t choice;
    };

    /// Lets the newest model take over once the one before the present has nothing left to do.
    void adopt() {
        if (draining_ && draining_->requests == 0) draining_.reset();
        if (!newest_ || draining_) return;
        if (current_ && current_->requests > 0) draining_ = std::move(current_);
        trainer::EngineLimits limits = newest_->engine.value_or(config_.engine);
        // How many may be under way is decided here; the engine refuses nobody who was let in.
        limits.max_waiting += limits.max_running;
        current_ = std::make_shared<Slot>();
        current_->model = std::move(*newest_);
        current_->max_running = limits.max_running;
        current_->machine = std::make_shared<AnswerMachine>(current_->model, limits);
        newest_.reset();
    }

    void drive() {
        if (driving_ || closed_) return;
        driving_ = true;
        asio::co_spawn(
            io_, [self = shared_from_this()] { return self->steps(); }, asio::detached);
    }

    /// Step after step while there is something to do.
    asio::awaitable<void> steps() {
        const auto self = shared_from_this();
        while (!closed_) {
            std::vector<StepOfSlot> work = next_step();
            if (work.empty()) break;
            auto job = [work = std::move(work)](
                           const trainer::Kernels& kernels,
                           const Cancelled&) mutable -> Result<std::vector<AnswerOutcome>> {
                std::vector<AnswerOutcome> outcomes;
                for (StepOfSlot& step : work)
                    step.machine->step(kernels, std::move(step.commands), outcomes);
                return outcomes;
            };
            Result<std::vector<AnswerOutcome>> outcomes = co_await workshop_.run(0, nullptr, std::move(job));
            if (!outcomes) close();  // the workshop is closed
            if (closed_) break;
            for (AnswerOutcome& outcome : *outcomes)
                deliver(outcome);
            adopt();
        }
        driving_ = false;
    }

    std::vector<StepOfSlot> next_step() {
        std::vector<StepOfSlot> work;
        const auto add = [&](const std::shared_ptr<Slot>& slot) {
            if (!slot) return;
            slot->give_turns();
            if (slot->has_work()) work.push_back({slot->machine, std::exchange(slot->commands, {})});
        };
        add(draining_);
        add(current_);
        return work;
    }

    void deliver(AnswerOutcome& outcome) {
        const auto found = tickets_.find(outcome.ticket);
        if (found == tickets_.end()) return;  // its run was dropped meanwhile
        const std::shared_ptr<Run> run = found->second.run;
        const std::size_t number = found->second.choice;
        AnswerRun::State::Choice& choice = run->choices[number];
        if (!outcome.part) {
            run->error = outcome.part.error();
        } else if (outcome.part->finish == trainer::FinishReason::failed) {
            run->error = Error{ErrorCode::invalid, "the model's logits are not finite; nothing was charged"};
        } else {
            trainer::AnswerPart& part = *outcome.part;
            if (part.token) choice.tokens_held.push_back(*part.token);
            const bool scored = part.token && part.scores.chosen.token == *part.token;
            if (part.text.empty() && !scored && !part.finish) return;
            RunPart piece;
            piece.choice = number;
            piece.text = std::move(part.text);
            piece.tokens = std::exchange(choice.tokens_held, {});
            if (scored) piece.scores.push_back(std::move(part.scores));
            piece.finish = part.finish;
            run->parts.push_back(std::move(piece));
            run->begun = true;
        }
        run->signal.cancel();
        if (run->error) {
            leave(*run);
        } else if (outcome.part->finish) {
            end(*run, number);
        } else if (run->parts.size() >= config_.max_parts_ahead) {
            pause(*run, choice);
        }
    }

    static void pause(Run& run, Run::Choice& choice) {
        if (choice.paused || choice.ended || run.slot->turns.contains(run.payer, choice.ticket)) return;
        choice.paused = true;
        ++run.slot->paused;
        run.slot->commands.push_back(AnswerPause{choice.ticket});
    }

    void go_on(Run& run) {
        for (AnswerRun::State::Choice& choice : run.choices) {
            if (!choice.paused) continue;
            choice.paused = false;
            --run.slot->paused;
            run.slot->commands.push_back(AnswerResume{choice.ticket});
        }
        drive();
    }

    void end(Run& run, std::size_t number) {
        AnswerRun::State::Choice& choice = run.choices[number];
        if (choice.paused) --run.slot->paused;
        choice.paused = false;
        choice.ended = true;
        --run.slot->requests;
        tickets_.erase(choice.ticket);
    }

    asio::io_context& io_;
    Workshop& workshop_;
    const AnswerDeskConfig config_;
    std::optional<AnswerModel> newest_;  ///< not in use yet
    std::shared_ptr<Slot> current_;
    std::shared_ptr<Slot> draining_;  ///< the one before
    std::map<AnswerTicket, Place> tickets_;
    AnswerTicket next_ticket_ = 1;
    bool driving_ = false;
    bool closed_ = false;
};

AnswerRun::~AnswerRun() {
    core_->leave(*state_);
}
asio::awaitable<Result<std::optional<RunPart>>> AnswerRun::next() {
    return core_->next(state_);
}

AnswerDesk::AnswerDesk(asio::io_context& io, Workshop& workshop, AnswerDeskConfig config)
    : core_(std::make_shared<Core>(io, workshop, config)) {}
AnswerDesk::~AnswerDesk() {
    core_->close();
}
void AnswerDesk::use(AnswerModel model) {
    core_->use(std::move(model));
}
const AnswerModel* AnswerDesk::model() const {
    return core_->model();
}
void AnswerRun::pause() {
    core_->hold(*state_);
}
void AnswerRun::resume() {
    core_->release(*state_);
}
Result<std::unique_ptr<AnswerRun>> AnswerDesk::begin(std::vector<trainer::AnswerRequest> requests,
                                                     const Account& payer) {
    DURE_TRY(std::shared_ptr<AnswerRun::State> run, core_->begin(std::move(requests), payer));
    return std::unique_ptr<AnswerRun>(new AnswerRun(core_, std::move(run)));
}
Status AnswerDesk::admits(std::size_t requests) const {
    return core_->admits(requests);
}
std::size_t AnswerDesk::under_way() const {
    return core_->under_way();
}
std::size_t AnswerDesk::waiting() const {
    return core_->waiting();
}
void AnswerDesk::close() {
    core_->close();
}

}  // namespace dure::node
