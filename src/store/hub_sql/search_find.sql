SELECT rowid FROM search WHERE search MATCH ?1 LIMIT ?2
