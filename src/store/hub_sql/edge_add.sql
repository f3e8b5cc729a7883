INSERT INTO edge (name, site, enrolled, desired_version, desired_digest, desired_at,
                  reported_version, reported_at, seen)
VALUES (?1, ?2, ?3, 0, '', NULL, 0, NULL, NULL) ON CONFLICT DO NOTHING
