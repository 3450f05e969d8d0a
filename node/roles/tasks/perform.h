// One function a kind of duty, in files named after what they are about; `work` (node/roles/tasks.h) chooses among them.
//
// Promises of all: what is read off the state is read before anything is waited for, and errors are worth another try
// while the duty stands. Whoever calls keeps `tools` until the work has ended.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>

#include "base/result.h"
#include "node/roles/tasks.h"

namespace dure::node {

boost::asio::awaitable<Result<Answer>> perform(const WorkTools& tools, JoinDuty duty,
                                               std::shared_ptr<Cancelled> cancelled);
boost::asio::awaitable<Result<Answer>> perform(const WorkTools& tools, TrainDuty duty,
                                               std::shared_ptr<Cancelled> cancelled);
boost::asio::awaitable<Result<Answer>> perform(const WorkTools& tools, AuditDuty duty,
                                               std::shared_ptr<Cancelled> cancelled);
boost::asio::awaitable<Result<Answer>> perform(const WorkTools& tools, ScoreDuty duty,
                                               std::shared_ptr<Cancelled> cancelled);
boost::asio::awaitable<Result<Answer>> perform(const WorkTools& tools, OpenScoreDuty duty,
                                               std::shared_ptr<Cancelled> cancelled);
boost::asio::awaitable<Result<Answer>> perform(const WorkTools& tools, AttestDuty duty,
                                               std::shared_ptr<Cancelled> cancelled);
boost::asio::awaitable<Result<Answer>> perform(const WorkTools& tools, RevealDuty duty,
                                               std::shared_ptr<Cancelled> cancelled);
boost::asio::awaitable<Result<Answer>> perform(const WorkTools& tools, ServeDuty duty,
                                               std::shared_ptr<Cancelled> cancelled);
boost::asio::awaitable<Result<Answer>> perform(const WorkTools& tools, HoldDuty duty,
                                               std::shared_ptr<Cancelled> cancelled);
boost::asio::awaitable<Result<Answer>> perform(const WorkTools& tools, OpenSegmentsDuty duty,
                                               std::shared_ptr<Cancelled> cancelled);
boost::asio::awaitable<Result<Answer>> perform(const WorkTools& tools, OpenAuditDuty duty,
                                               std::shared_ptr<Cancelled> cancelled);
boost::asio::awaitable<Result<Answer>> perform(const WorkTools& tools, CheckDuty duty,
                                               std::shared_ptr<Cancelled> cancelled);
boost::asio::awaitable<Result<Answer>> perform(const WorkTools& tools, OpenAttestationDuty duty,
                                               std::shared_ptr<Cancelled> cancelled);
boost::asio::awaitable<Result<Answer>> perform(const WorkTools& tools, DisputeDuty duty,
                                               std::shared_ptr<Cancelled> cancelled);
boost::asio::awaitable<Result<Answer>> perform(const WorkTools& tools, JudgeReceiptDuty duty,
                                               std::shared_ptr<Cancelled> cancelled);

}  // namespace dure::node
