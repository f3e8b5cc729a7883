SELECT id, reason FROM approval WHERE instr(reason, ?1) > 0
