// The commands of `dure`; each declares its options, its examples and what it does in a file of its own.
#pragma once

#include "tools/dure/program.h"

namespace dure::tools {

void add_devnet(Program& program);
void add_init(Program& program);
void add_node(Program& program);
void add_doctor(Program& program);
void add_keys(Program& program);
void add_balance(Program& program);
void add_light(Program& program);
void add_owners(Program& program);
void add_validators(Program& program);
void add_changes(Program& program);
void add_send(Program& program);
void add_contribute(Program& program);
void add_ask(Program& program);
void add_chat(Program& program);
void add_proxy(Program& program);
void add_budget(Program& program);
void add_channels(Program& program);
void add_claim(Program& program);
void add_model(Program& program);
void add_status(Program& program);
void add_rounds(Program& program);
void add_why(Program& program);
void add_deposit(Program& program);
void add_audit(Program& program);
void add_verify(Program& program);
void add_report(Program& program);
void add_server(Program& program);
void add_train(Program& program);
void add_dataset(Program& program);
void add_eval(Program& program);
void add_bench(Program& program);
void add_sim(Program& program);
void add_db(Program& program);
void add_export_state(Program& program);
void add_import_state(Program& program);
void add_completion(Program& program);

}  // namespace dure::tools
