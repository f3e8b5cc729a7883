SELECT id, purpose, reason FROM approval WHERE instr(purpose, ?1) > 0 OR instr(reason, ?1) > 0
