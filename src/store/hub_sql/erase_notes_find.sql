SELECT id, note FROM change WHERE instr(note, ?1) > 0
