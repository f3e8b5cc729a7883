SELECT serial, reason FROM certificate WHERE instr(reason, ?1) > 0
