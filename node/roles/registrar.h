// Keeps what the chain says about this node's selling as registration.h wants it: bonds, registers, and registers anew when
// the settings or the address have changed. One transaction at a time; what failed is tried again after some blocks.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>

#include "node/chain/chain.h"
#include "node/roles/registration.h"
#include "node/roles/submitter.h"

namespace dure::node {

class Registrar {
  public:
    /// Whatever is handed in outlives this.
    Registrar(boost::asio::io_context& io, Chain& chain, Submitter& submitter);
    ~Registrar();
    Registrar(const Registrar&) = delete;
    Registrar& operator=(const Registrar&) = delete;

    void start(Registration wanted);
    void stop();

  private:
    class Core;
    std::shared_ptr<Core> core_;
};

}  // namespace dure::node
