#include "node/peers/send_queue.h"

#include <algorithm>

namespace dure::node {

bool SendQueue::push(Frame frame, Priority priority) {
    const auto index = static_cast<std::size_t>(priority);
    Class& queue = classes_[index];
    if (!queue.frames.empty() && queue.bytes + frame->size() > bounds_[index]) return false;
    queue.bytes += frame->size();
    queue.frames.push_back(std::move(frame));
    return true;
}

std::vector<Frame> SendQueue::take(std::size_t bytes) {
    std::vector<Frame> taken;
    std::size_t total = 0;
    for (Class& queue : classes_) {
        while (!queue.frames.empty() && (taken.empty() || total + queue.frames.front()->size() <= bytes)) {
            total += queue.frames.front()->size();
            queue.bytes -= queue.frames.front()->size();
            taken.push_back(std::move(queue.frames.front()));
            queue.frames.pop_front();
        }
        if (!queue.frames.empty()) break;
    }
    return taken;
}

bool SendQueue::empty() const {
    return std::ranges::all_of(classes_, [](const Class& queue) { return queue.frames.empty(); });
}

}  // namespace dure::node
