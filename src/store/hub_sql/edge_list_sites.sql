SELECT name, site, enrolled, desired_version, desired_digest, desired_at,
       reported_version, reported_at, seen
FROM edge WHERE name > ?1 AND site IN (SELECT value FROM json_each(?3)) ORDER BY name LIMIT ?2
