UPDATE change SET author = ?2, note = '' WHERE author = ?1
