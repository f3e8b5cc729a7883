INSERT INTO edge_report (edge, document) VALUES (?1, ?2)
ON CONFLICT (edge) DO UPDATE SET document = excluded.document
