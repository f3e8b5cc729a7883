SELECT 1 FROM revision WHERE object = ?1 AND instr(spec, ?2) > 0 LIMIT 1
