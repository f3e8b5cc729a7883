SELECT count(*) FROM checkpoint
