SELECT e.reported_version, r.document, e.reported_at
FROM edge e JOIN edge_report r ON r.edge = e.name WHERE e.name = ?1
