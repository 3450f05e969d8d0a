// Requests that wait for their turn, which goes round among their payers: who asks for most waits longest.
// Internal to the answer desk.
#pragma once

#include <cstddef>
#include <deque>
#include <map>

#include "base/keys.h"
#include "node/roles/answer_machine.h"

namespace dure::node {

class AnswerTurns {
  public:
    void add(const Account& payer, AnswerBegin begin);
    /// The first request of the payer after the one whose turn was last. There must be one.
    AnswerBegin take();
    /// False if it does not wait here.
    bool remove(const Account& payer, AnswerTicket ticket);
    bool contains(const Account& payer, AnswerTicket ticket) const;
    std::size_t size() const { return size_; }

  private:
    std::map<Account, std::deque<AnswerBegin>> queues_;  ///< none empty
    Account last_{};
    std::size_t size_ = 0;
};

}  // namespace dure::node
