SELECT name, site, enrolled, desired_version, desired_digest, desired_at,
       reported_version, reported_at, seen
FROM edge WHERE name = ?1
