// One model's engine behind tickets, and what the answer desk asks of it from the io thread: commands go in with a
// step, what the step did for each request comes out. Internal to the answer desk.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <variant>
#include <vector>

#include "base/result.h"
#include "node/roles/answer_model.h"
#include "trainer/inference/answer_engine.h"

namespace dure::node {

/// Names a request of a desk, whichever engine answers it.
using AnswerTicket = std::uint64_t;

struct AnswerBegin {
    AnswerTicket ticket;
    trainer::AnswerRequest request;
};
struct AnswerCancel {
    AnswerTicket ticket;
};
struct AnswerPause {
    AnswerTicket ticket;
};
struct AnswerResume {
    AnswerTicket ticket;
};
using AnswerCommand = std::variant<AnswerBegin, AnswerCancel, AnswerPause, AnswerResume>;

/// What a step did for one request.
struct AnswerOutcome {
    AnswerTicket ticket = 0;
    Result<trainer::AnswerPart> part;
};

/// Used on the workshop's thread only; the engine is made with the first step.
class AnswerMachine {
  public:
    AnswerMachine(AnswerModel model, const trainer::EngineLimits& limits)
        : model_(std::move(model)), limits_(limits) {}

    /// Obeys the commands, in their order, then lets the engine take one step. Commands for requests that have ended
    /// do nothing.
    void step(const trainer::Kernels& kernels, std::vector<AnswerCommand> commands,
              std::vector<AnswerOutcome>& outcomes);

  private:
    Status make(const trainer::Kernels& kernels);
    Status add(AnswerBegin begin);
    void obey(const AnswerCommand& command);
    void forget(AnswerTicket ticket);

    const AnswerModel model_;
    const trainer::EngineLimits limits_;
    std::optional<trainer::AnswerEngine> engine_;
    std::map<AnswerTicket, trainer::RequestId> ids_;
    std::map<trainer::RequestId, AnswerTicket> tickets_;
};

}  // namespace dure::node
