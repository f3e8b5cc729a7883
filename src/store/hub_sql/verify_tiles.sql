SELECT count(*) FROM audit_tile
