#include "node/roles/answer_machine.h"

namespace dure::node {

void AnswerMachine::step(const trainer::Kernels& kernels, std::vector<AnswerCommand> commands,
                         std::vector<AnswerOutcome>& outcomes) {
    Status ready;
    if (!engine_) ready = make(kernels);
    for (AnswerCommand& command : commands) {
        if (auto* begin = std::get_if<AnswerBegin>(&command)) {
            if (const Status done = ready ? add(std::move(*begin)) : ready; !done)
                outcomes.push_back({begin->ticket, done.error()});
        } else if (engine_) {
            obey(command);
        }
    }
    if (!engine_) return;
    for (const trainer::AnswerPart& part : engine_->step()) {
        const AnswerTicket ticket = tickets_.at(part.request);
        if (part.finish) forget(ticket);
        outcomes.push_back({ticket, part});
    }
}

Status AnswerMachine::make(const trainer::Kernels& kernels) {
    const trainer::Checkpoint& checkpoint = *model_.checkpoint;
    DURE_TRY(trainer::AnswerEngine engine,
             trainer::AnswerEngine::create(kernels, checkpoint.config, checkpoint.parameters,
                                           *model_.tokenizer, limits_));
    engine_.emplace(std::move(engine));
    return {};
}

Status AnswerMachine::add(AnswerBegin begin) {
    DURE_TRY(const trainer::RequestId id, engine_->add(std::move(begin.request)));
    ids_.emplace(begin.ticket, id);
    tickets_.emplace(id, begin.ticket);
    return {};
}

void AnswerMachine::obey(const AnswerCommand& command) {
    const AnswerTicket ticket = std::visit([](const auto& c) { return c.ticket; }, command);
    const auto found = ids_.find(ticket);
    if (found == ids_.end()) return;  // it has ended meanwhile
    if (std::holds_alternative<AnswerPause>(command)) engine_->pause(found->second);
    if (std::holds_alternative<AnswerResume>(command)) engine_->resume(found->second);
    if (std::holds_alternative<AnswerCancel>(command)) {
        engine_->cancel(found->second);
        forget(ticket);
    }
}

void AnswerMachine::forget(AnswerTicket ticket) {
    const auto found = ids_.find(ticket);
    tickets_.erase(found->second);
    ids_.erase(found);
}

}  // namespace dure::node
