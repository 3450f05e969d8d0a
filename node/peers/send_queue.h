// The frames that wait to be written to one peer: agreement first, then answers and transactions, then bulk
// data; each class with a bound in bytes. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "node/peers/messages.h"

namespace dure::node {

using Frame = std::shared_ptr<const Bytes>;

class SendQueue {
  public:
    explicit SendQueue(std::array<std::size_t, 3> bounds) : bounds_(bounds) {}

    /// False, and nothing is queued, if the class has no room. A frame larger than its bound is taken when
    /// the class is empty.
    bool push(Frame frame, Priority priority);
    /// The frames to write next, highest class first, in order within a class: about `bytes` in all, at least
    /// one if there is any.
    std::vector<Frame> take(std::size_t bytes);
    bool empty() const;

  private:
    struct Class {
        std::deque<Frame> frames;
        std::size_t bytes = 0;
    };
    std::array<std::size_t, 3> bounds_;
    std::array<Class, 3> classes_;
};

}  // namespace dure::node
