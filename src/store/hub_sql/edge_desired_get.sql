SELECT e.desired_version, e.desired_digest, d.document, e.desired_at
FROM edge e JOIN edge_desired d ON d.edge = e.name WHERE e.name = ?1
