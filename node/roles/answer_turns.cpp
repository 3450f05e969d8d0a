#include "node/roles/answer_turns.h"

#include <algorithm>

#include "base/assert.h"

namespace dure::node {

namespace {

template <class Queue>
auto place_of(Queue& queue, AnswerTicket ticket) {
    return std::find_if(queue.begin(), queue.end(),
                        [&](const AnswerBegin& begin) { return begin.ticket == ticket; });
}

}  // namespace

void AnswerTurns::add(const Account& payer, AnswerBegin begin) {
    queues_[payer].push_back(std::move(begin));
    ++size_;
}

AnswerBegin AnswerTurns::take() {
    DURE_ASSERT(size_ > 0);
    auto next = queues_.upper_bound(last_);
    if (next == queues_.end()) next = queues_.begin();
    AnswerBegin begin = std::move(next->second.front());
    next->second.pop_front();
    last_ = next->first;
    if (next->second.empty()) queues_.erase(next);
    --size_;
    return begin;
}

bool AnswerTurns::remove(const Account& payer, AnswerTicket ticket) {
    const auto queue = queues_.find(payer);
    if (queue == queues_.end()) return false;
    const auto found = place_of(queue->second, ticket);
    if (found == queue->second.end()) return false;
    queue->second.erase(found);
    if (queue->second.empty()) queues_.erase(queue);
    --size_;
    return true;
}

bool AnswerTurns::contains(const Account& payer, AnswerTicket ticket) const {
    const auto queue = queues_.find(payer);
    return queue != queues_.end() && place_of(queue->second, ticket) != queue->second.end();
}

}  // namespace dure::node
