#include "tools/dure/commands.h"

namespace dure::tools {

void add_all_commands(Program& program) {
    add_devnet(program);
    add_init(program);
    add_node(program);
    add_doctor(program);
    add_keys(program);
    add_status(program);
    add_balance(program);
    add_light(program);
    add_owners(program);
    add_validators(program);
    add_changes(program);
    add_rounds(program);
    add_why(program);
    add_audit(program);
    add_send(program);
    add_contribute(program);
    add_ask(program);
    add_verify(program);
    add_report(program);
    add_chat(program);
    add_proxy(program);
    add_budget(program);
    add_channels(program);
    add_claim(program);
    add_deposit(program);
    add_server(program);
    add_model(program);
    add_train(program);
    add_dataset(program);
    add_eval(program);
    add_bench(program);
    add_sim(program);
    add_db(program);
    add_export_state(program);
    add_import_state(program);
    add_completion(program);
}

}  // namespace dure::tools
