DELETE FROM edge WHERE name = ?1
