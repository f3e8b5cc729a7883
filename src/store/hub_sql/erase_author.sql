UPDATE change SET author = '', note = '' WHERE author = ?1
