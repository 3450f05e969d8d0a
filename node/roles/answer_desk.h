// Runs many answers at once on a workshop: hands requests to a trainer::AnswerEngine, one step at a time, and gives
// each caller its own pieces.
//
// Promises:
//  - A run's pieces are those of the model that was in use when it began, to its end. A newer model takes over for
//    runs that begin later; at most two models stand in memory.
//  - Memory is bounded: so many requests, one engine's memory a model, and for each request so many pieces ahead of
//    whoever takes them: a request whose pieces nobody takes is paused.
//  - A run that is dropped costs no step after the present one.
//  - Those who wait for their turn get it one payer after the other, whoever of them asked for most; a run that does
//    not come to its turn in time ends with `unavailable`.
// All calls are on the io thread; engines are touched on the workshop's only. Not here: payment, HTTP.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/keys.h"
#include "base/result.h"
#include "node/roles/answer_model.h"
#include "node/roles/workshop.h"
#include "trainer/inference/answer_engine.h"

namespace dure::node {

struct AnswerDeskConfig {
    trainer::EngineLimits engine;                      ///< max_waiting: of requests that wait for the engine
    std::size_t max_parts_ahead = 32;                  ///< of one request, before it is paused
    std::chrono::milliseconds turn_patience{120'000};  ///< from a run's beginning to its first piece
};

/// For a model of this shape: room for at least one call of the greatest length, and for no more than all that run at once
/// can use.
trainer::EngineLimits engine_limits(const trainer::ModelConfig& model, std::uint32_t running,
                                    std::uint32_t waiting, std::uint64_t cache_bytes);

/// A piece of one of a run's answers.
struct RunPart {
    std::size_t choice = 0;
    std::string text;
    std::vector<trainer::Token> tokens;        ///< of the answer, that this piece accounts for
    std::vector<trainer::TokenScores> scores;  ///< of these tokens, where they were asked for
    std::optional<trainer::FinishReason> finish;
};

class AnswerRun;

class AnswerDesk {
  public:
    /// `workshop` outlives this, and io runs on one thread.
    AnswerDesk(boost::asio::io_context& io, Workshop& workshop, AnswerDeskConfig config);
    ~AnswerDesk();
    AnswerDesk(const AnswerDesk&) = delete;
    AnswerDesk& operator=(const AnswerDesk&) = delete;

    /// From now on, or as soon as the model before the present one has ended its answers, runs begin with this one.
    void use(AnswerModel model);
    /// What a run that begins now is answered with; none before the first use().
    const AnswerModel* model() const;

    /// Answers all of `requests`, as the choices 0, 1, .. of one run, in `payer`'s turn. Errors: `unavailable` (there
    /// is no model, or too many requests are under way), `out_of_range` (one that the engine can never hold).
    Result<std::unique_ptr<AnswerRun>> begin(std::vector<trainer::AnswerRequest> requests,
                                             const Account& payer);
    /// The error that `begin` would give so many requests now.
    Status admits(std::size_t requests) const;

    /// Requests under way.
    std::size_t under_way() const;
    /// Of them, those that wait for their turn.
    std::size_t waiting() const;
    /// Ends everything with `unavailable`.
    void close();

  private:
    friend class AnswerRun;
    class Core;
    std::shared_ptr<Core> core_;
};

/// One call's answers under way; dropping it ends them.
class AnswerRun {
  public:
    ~AnswerRun();
    AnswerRun(const AnswerRun&) = delete;
    AnswerRun& operator=(const AnswerRun&) = delete;

    /// The next piece of any of the answers; none when all have ended. Errors: `unavailable` (the desk was closed),
    /// `invalid` (an answer failed).
    boost::asio::awaitable<Result<std::optional<RunPart>>> next();

    /// No further step is spent on it until `resume`; pieces that came before can be taken.
    void pause();
    void resume();

  private:
    friend class AnswerDesk;
    struct State;
    AnswerRun(std::shared_ptr<AnswerDesk::Core> core, std::shared_ptr<State> state)
        : core_(std::move(core)), state_(std::move(state)) {}
    std::shared_ptr<AnswerDesk::Core> core_;
    std::shared_ptr<State> state_;
};

}  // namespace dure::node
